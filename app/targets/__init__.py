"""Figures that provinces promised or published, and what the register has reached of each."""
