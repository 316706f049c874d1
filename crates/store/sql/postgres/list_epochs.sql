-- Every epoch with the keys that its key-encryption key still wraps.
SELECT epoch, begun_at, exported_at, (
        SELECT count(*)
        FROM spor_keys.subject_keys AS k
        WHERE k.epoch = e.epoch
            AND k.destroyed_at IS NULL)
FROM spor_keys.key_epochs AS e
ORDER BY epoch
