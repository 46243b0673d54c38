"""Which certificates were given, and how does their owner see them?"""
