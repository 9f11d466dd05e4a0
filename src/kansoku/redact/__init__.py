"""Personal data and secrets out of any value: a chain of detectors, one file each, and a redactor.

Values of the application enter, the same values with every finding replaced leave; pure, it may
import `kansoku.errors` and the standard library only.
"""
