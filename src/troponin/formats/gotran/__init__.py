"""gotran's ode files, as gotranx 2 reads them: in and out."""
