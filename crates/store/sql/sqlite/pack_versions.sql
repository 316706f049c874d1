-- Every stream with its category and version, packed like the events.
SELECT CAST(group_concat(concat(
    concat_ws(',', version, octet_length(stream), octet_length(category)),
    ';', stream, category), '') AS BLOB)
FROM streams
