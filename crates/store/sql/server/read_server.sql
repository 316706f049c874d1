-- What must be known of a server before anything else: version, encoding, whether it is a replica.
SELECT current_setting('server_version'), current_setting('server_encoding'), pg_is_in_recovery()
