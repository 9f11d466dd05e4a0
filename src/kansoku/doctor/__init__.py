"""`kansoku doctor`: is this application's environment recorded, and if not, what is to be done.

Of the application's half, so that it runs where only `pip install kansoku` did. Looks; changes nothing.
"""

from kansoku.emit.set_aside import import_sdk

import_sdk()  # before a module of its imports it, which a variable could keep from it
