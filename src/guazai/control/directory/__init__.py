"""Who is who: legal entities, people, mini programs and their versions, Douyin accounts, tokens."""
