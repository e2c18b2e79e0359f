"""Crawlers of Glue."""


class Failed(Exception):
    """Why a crawl failed, as LastCrawl tells it."""


class Stopped(Exception):
    """The crawl was stopped."""
