"""What keeps a long run alive: durable files, memory marks, sizes of chunks, threads, progress."""
