"""stub"""
def definition_faults(machine, *, readable): return []
