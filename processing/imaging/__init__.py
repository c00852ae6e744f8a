"""The pure core: arrays in, arrays out. No Django, no settings, no clock, no unseeded randomness."""
