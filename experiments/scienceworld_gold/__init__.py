"""How far ScienceWorld's gold paths can be imitated: before and after they are made canonical."""
