"""The method in streets: a made-up city, map2seq's routes, and the paper's lenient protocol."""
