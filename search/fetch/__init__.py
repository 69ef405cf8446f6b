"""What do these addresses say today? Feeds, sitemaps and pages over HTTP(S), politely, into web archives."""
