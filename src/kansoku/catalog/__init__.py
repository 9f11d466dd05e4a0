"""Everything that has a name, as data: fields, instruments, measures, objectives, alerts, panels, prices.

Nothing enters but the standard library and `kansoku.errors`; what leaves are frozen definitions
that the other folders read as Python meaning, SQL, attributes, prose or a panel.
"""
