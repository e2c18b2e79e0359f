import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "test" / "jobs"), str(ROOT / "jobs" / "emr")]

import session  # noqa: E402

spark = session.spark
