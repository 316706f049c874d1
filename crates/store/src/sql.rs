//! Every fixed statement, by the file it stands in. Each database has its own text of it.

/// One statement in the words of each database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    /// In the words of SQLite.
    pub(crate) sqlite: &'static str,
}

macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {$(
        pub(crate) const $name: Sql = Sql {
            sqlite: include_str!(concat!("../sql/sqlite/", $file, ".sql")),
        };
    )*};
}

statements! {
    ACTIVATE = "activate";
    ADD_ATTEMPT = "add_attempt";
    ADD_FAILURE = "add_failure";
    ADD_GENERATION = "add_generation";
    ADD_KEYS = "add_keys";
    ADD_LETTER = "add_letter";
    APPEND_COMMITS = "append_commits";
    APPEND_EVENTS = "append_events";
    APPEND_PARTS = "append_parts";
    APPEND_STREAMS = "append_streams";
    BEGIN_READING = "begin_reading";
    BEGIN_WRITING = "begin_writing";
    CAN_FLIP = "can_flip";
    CHECK_ACTIVE = "check_active";
    CHECKPOINT_FILE = "checkpoint_file";
    CLAIM_TABLES = "claim_tables";
    CLOSE_BREAKER = "close_breaker";
    COMPOSE_REMINDERS = "compose_reminders";
    CREATE_HEAD = "create_head";
    CREATE_KEYRING = "create_keyring";
    DOUBT_LAPSED = "doubt_lapsed";
    FIND_ACTIVE = "find_active";
    FIND_BROKEN_STREAM = "find_broken_stream";
    FIND_COMMITS = "find_commits";
    FIND_KEYS = "find_keys";
    FIND_LIVING_KEYS = "find_living_keys";
    FIND_OUTCOMES = "find_outcomes";
    FORGET_GENERATION = "forget_generation";
    KEEP_OUTCOMES = "keep_outcomes";
    LEASE_LETTERS = "lease_letters";
    LIST_ATTEMPTS = "list_attempts";
    LIST_CHANGED_STREAMS = "list_changed_streams";
    LIST_CHECKPOINTS = "list_checkpoints";
    LIST_DESTROYED_KEYS = "list_destroyed_keys";
    LIST_FAILURES = "list_failures";
    LIST_LETTERS = "list_letters";
    LIST_REMINDERS = "list_reminders";
    LIST_STREAMS = "list_streams";
    LIST_SUPPRESSIONS = "list_suppressions";
    MARK_HANDING_OVER = "mark_handing_over";
    MOVE_CHECKPOINTS = "move_checkpoints";
    MOVE_HEAD = "move_head";
    MOVE_REMINDER = "move_reminder";
    NOTE_HAND_OVER = "note_hand_over";
    NOTE_LAPSED = "note_lapsed";
    OPEN_BREAKER = "open_breaker";
    PLAN_REMINDERS = "plan_reminders";
    READ_BREAKER = "read_breaker";
    READ_COMMITS = "read_commits";
    READ_COMMITS_BETWEEN = "read_commits_between";
    READ_DATA_VERSION = "read_data_version";
    READ_END = "read_end";
    READ_EVENTS_AFTER = "read_events_after";
    READ_FORMAT = "read_format";
    READ_HEAD = "read_head";
    READ_KEYRING = "read_keyring";
    READ_LIBRARY_VERSION = "read_library_version";
    READ_PARTS_AFTER = "read_parts_after";
    READ_STREAM_PARTS = "read_stream_parts";
    READ_STREAMS = "read_streams";
    READ_VERSIONS = "read_versions";
    RELEASE_ADDRESS = "release_address";
    RELEASE_LAPSED = "release_lapsed";
    RELEASE_LEASE = "release_lease";
    RELEASE_TABLES = "release_tables";
    REPLACE_OUTCOMES = "replace_outcomes";
    REPLAY_EVENTS = "replay_events";
    RESOLVE_FAILURE = "resolve_failure";
    RETIRE_ACTIVE = "retire_active";
    RETRY_DOUBTFUL = "retry_doubtful";
    RETRY_LETTER = "retry_letter";
    SCAN_STREAM_PARTS = "scan_stream_parts";
    SCAN_STREAMS = "scan_streams";
    SETTLE_LETTER = "settle_letter";
    SUPPRESS_ADDRESS = "suppress_address";
    TAKE_LEASE = "take_lease";
}
