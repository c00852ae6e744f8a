"""The statistics of review: pure functions of counts, without Django, settings, clock or unseeded chance."""
