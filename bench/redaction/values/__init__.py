"""Values to plant in texts: each made at random, of the right form, with the right check digits."""
