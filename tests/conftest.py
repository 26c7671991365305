"""The same random examples in every run, so that a red test is red for everybody; `DULY_THOROUGH=1` looks further afield."""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("thorough", deadline=None, print_blob=True)
settings.load_profile("thorough" if os.environ.get("DULY_THOROUGH") else "same")
