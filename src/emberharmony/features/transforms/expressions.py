NODES = ()
