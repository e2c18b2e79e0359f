"""The local cloud: ministack in one process, with engines behind what it only pretends.

Started by the commands of `local/cli` as `python -m local.cloud`, in the folder of the repository;
`core/settings.py` has the environment it takes.
"""
