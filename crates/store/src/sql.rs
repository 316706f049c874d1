//! Every fixed statement, by the file it stands in. Each database has its own text of it.

/// One statement in the words of each database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    /// In the words of SQLite.
    pub(crate) sqlite: &'static str,
    /// In the words of PostgreSQL.
    pub(crate) postgres: &'static str,
}

macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {$(
        pub(crate) const $name: Sql = Sql {
            sqlite: include_str!(concat!("../sql/sqlite/", $file, ".sql")),
            postgres: include_str!(concat!("../sql/postgres/", $file, ".sql")),
        };
    )*};
}

statements! {
    ACTIVATE = "activate";
    ADD_ANCHOR = "add_anchor";
    ADD_ATTEMPT = "add_attempt";
    ADD_CHECKPOINT = "add_checkpoint";
    ADD_CUSTODY = "add_custody";
    ADD_FAILURE = "add_failure";
    ADD_GENERATION = "add_generation";
    ADD_KEYS = "add_keys";
    ADD_LETTER = "add_letter";
    ADD_REPORT = "add_report";
    APPEND_COMMITS = "append_commits";
    APPEND_EVENTS = "append_events";
    APPEND_PARTS = "append_parts";
    APPEND_STREAMS = "append_streams";
    BEGIN_BOTH = "begin_both";
    BEGIN_EPOCH = "begin_epoch";
    BEGIN_ERASURE = "begin_erasure";
    BEGIN_KEYRING = "begin_keyring";
    BEGIN_READING = "begin_reading";
    BEGIN_WORK = "begin_work";
    BEGIN_WRITING = "begin_writing";
    CANCEL_LETTERS = "cancel_letters";
    CAN_FLIP = "can_flip";
    CHECKPOINT_FILE = "checkpoint_file";
    CHECK_ACTIVE = "check_active";
    CLAIM_TABLES = "claim_tables";
    CLOSE_BREAKER = "close_breaker";
    COMPOSE_REMINDERS = "compose_reminders";
    COUNT_DESTROYED_KEYS = "count_destroyed_keys";
    CREATE_HEAD = "create_head";
    CREATE_KEYRING = "create_keyring";
    DESTROY_KEYS = "destroy_keys";
    DESTROY_KEYS_OF = "destroy_keys_of";
    EMPTY_LETTERS = "empty_letters";
    EMPTY_LOG = "empty_log";
    END_QUARANTINE = "end_quarantine";
    ERASE_PART = "erase_part";
    ERASE_PARTS = "erase_parts";
    ERASE_PARTS_OF = "erase_parts_of";
    FILL_BUCKET = "fill_bucket";
    FIND_ACTIVE = "find_active";
    FIND_COMMITS = "find_commits";
    FIND_REMINDERS = "find_reminders";
    FIND_DESTROYED_KEYS = "find_destroyed_keys";
    FIND_ERASED_PARTS = "find_erased_parts";
    FIND_EVENTS_OF_TYPES = "find_events_of_types";
    FIND_KEYS = "find_keys";
    FIND_LETTER = "find_letter";
    FIND_LIVING_KEYS = "find_living_keys";
    FIND_OUTCOMES = "find_outcomes";
    FIND_TELLING_LETTERS = "find_telling_letters";
    FIND_USED_KEYS = "find_used_keys";
    FINISH_COPY = "finish_copy";
    FINISH_ERASURE = "finish_erasure";
    FORGET_GENERATION = "forget_generation";
    FORGET_REMINDERS = "forget_reminders";
    GIVE_TOKENS = "give_tokens";
    GIVE_UP_GENERATION = "give_up_generation";
    HAS_ADDRESS = "has_address";
    HAS_LETTER = "has_letter";
    HOLD_LETTERS = "hold_letters";
    KEEP_OUTCOMES = "keep_outcomes";
    LAPSE_LETTER = "lapse_letter";
    LEASE_LETTERS = "lease_letters";
    LET_GO_LETTERS = "let_go_letters";
    LIST_ATTEMPTS = "list_attempts";
    LIST_CHANGED_STREAMS = "list_changed_streams";
    LIST_CHECKPOINTS = "list_checkpoints";
    LIST_CUSTODY = "list_custody";
    LIST_DESTROYED_KEYS = "list_destroyed_keys";
    LIST_EPOCHS = "list_epochs";
    LIST_FAILURES = "list_failures";
    LIST_INDEXES = "list_indexes";
    LIST_LAPSED = "list_lapsed";
    LIST_LETTERS = "list_letters";
    LIST_LETTERS_OF_ID = "list_letters_of_id";
    LIST_LETTERS_SINCE = "list_letters_since";
    LIST_LETTERS_TO = "list_letters_to";
    LIST_LIVING_KEYS = "list_living_keys";
    LIST_LOG_CHECKPOINTS = "list_log_checkpoints";
    LIST_MIRRORED_KEYS = "list_mirrored_keys";
    LIST_OLD_KEYS = "list_old_keys";
    LIST_OTHER_LEVELS = "list_other_levels";
    LIST_PARTS = "list_parts";
    LIST_PLANNED_REMINDERS = "list_planned_reminders";
    LIST_REMINDERS = "list_reminders";
    LIST_REMINDERS_OF_CASE = "list_reminders_of_case";
    LIST_REMINDERS_OF_LETTER = "list_reminders_of_letter";
    LIST_STREAMS = "list_streams";
    LIST_SUPPRESSIONS = "list_suppressions";
    LIST_TOLD = "list_told";
    LIST_TOMBSTONES = "list_tombstones";
    LIST_UNANCHORED = "list_unanchored";
    LIST_UNFINISHED_ERASURES = "list_unfinished_erasures";
    LIST_WAITING = "list_waiting";
    MARK_HANDING_OVER = "mark_handing_over";
    MEASURE_FAILURES = "measure_failures";
    MEASURE_LETTERS = "measure_letters";
    MEASURE_STORE = "measure_store";
    MIRROR_KEYS = "mirror_keys";
    MOVE_CHECKPOINTS = "move_checkpoints";
    MOVE_HEAD = "move_head";
    MOVE_REMINDER = "move_reminder";
    NAME_ERASED_PART = "name_erased_part";
    NOTE_ADDRESS_RELEASED = "note_address_released";
    NOTE_CANCELLED = "note_cancelled";
    NOTE_DUTY_DONE = "note_duty_done";
    NOTE_EXPORT = "note_export";
    NOTE_HAND_OVER = "note_hand_over";
    NOTE_HELD = "note_held";
    NOTE_LET_GO = "note_let_go";
    NOTE_ROUND = "note_round";
    OPEN_BREAKER = "open_breaker";
    OPEN_BUCKET = "open_bucket";
    PACK_COMMITS = "pack_commits";
    PACK_EVENTS = "pack_events";
    PACK_LEAVES = "pack_leaves";
    PACK_PARTS = "pack_parts";
    PACK_STREAMS = "pack_streams";
    PACK_VERSIONS = "pack_versions";
    PLAN_AGAIN = "plan_again";
    PLAN_REMINDERS = "plan_reminders";
    PROBE_BREAKER = "probe_breaker";
    READ_BREAKER = "read_breaker";
    READ_CLOCK = "read_clock";
    READ_COMMITS = "read_commits";
    READ_COMMITS_BETWEEN = "read_commits_between";
    READ_DATA_VERSION = "read_data_version";
    READ_DUTY = "read_duty";
    READ_END = "read_end";
    READ_EPOCH = "read_epoch";
    READ_ERASED_AFTER = "read_erased_after";
    READ_ERASURE = "read_erasure";
    READ_EVENTS = "read_events";
    READ_EVENTS_AFTER = "read_events_after";
    READ_FORMAT = "read_format";
    READ_HEAD = "read_head";
    READ_KEYRING = "read_keyring";
    READ_LAST_CHECKPOINT = "read_last_checkpoint";
    READ_LEAVES_AFTER = "read_leaves_after";
    READ_LIBRARY_VERSION = "read_library_version";
    READ_PART = "read_part";
    READ_PARTS_AFTER = "read_parts_after";
    READ_STREAMS = "read_streams";
    READ_STREAM_PARTS = "read_stream_parts";
    READ_VERSIONS = "read_versions";
    RELEASE_ADDRESS = "release_address";
    RELEASE_LEASE = "release_lease";
    RELEASE_TABLES = "release_tables";
    REMOVE_KEYS = "remove_keys";
    REPLACE_OUTCOMES = "replace_outcomes";
    REPLAY_EVENTS = "replay_events";
    RESOLVE_FAILURE = "resolve_failure";
    RETIRE_ACTIVE = "retire_active";
    RETRY_LETTER = "retry_letter";
    REWRAP_KEYS = "rewrap_keys";
    REWRITE_FILE = "rewrite_file";
    SETTLE_LETTER = "settle_letter";
    SUPPRESS_ADDRESS = "suppress_address";
    TAKE_LEASE = "take_lease";
    TAKE_TOKENS = "take_tokens";
}

/// What only a server has to be told or asked.
pub(crate) mod server {
    macro_rules! statements {
        ($($name:ident = $file:literal;)*) => {$(
            pub(crate) const $name: &str = include_str!(concat!("../sql/server/", $file, ".sql"));
        )*};
    }

    statements! {
        BEGIN_SESSION = "begin_session";
        BEGIN_WRITER = "begin_writer";
        FIND_RISKS = "find_risks";
        FIND_SCHEMA = "find_schema";
        FIND_TRIGGERS = "find_triggers";
        GRANT_RIGHTS = "grants";
        MAKE_ROLES = "roles";
        READ_SERVER = "read_server";
    }
}
