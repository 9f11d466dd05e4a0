"""Personal data and secrets out of any value: a scan for triggers, detectors one file each, and a redactor.

Values of the application enter, the same values with every finding replaced leave; pure, it may
import `kansoku.errors`, the standard library and, where it is installed, hyperscan only; `configured` alone
reads what the settings say.
"""
