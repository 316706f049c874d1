-- Every stream with its category and version, packed like the events.
SELECT string_agg(convert_to(
    concat_ws(',', version, octet_length(stream), octet_length(category)) || ';'
    || stream || category, 'UTF8'), ''::bytea)
FROM streams
