"""Heavy work, outside the process that answers clicks: what can be asked, the program that does it, and who watches over it."""
