"""Targets and figures that provinces published, and what the register has reached of each."""
