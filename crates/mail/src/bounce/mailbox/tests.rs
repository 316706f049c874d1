use std::io::Cursor;

use super::{MAX_MESSAGE_BYTES, Mailbox, Mbox};

fn messages(mbox: &[u8]) -> Vec<Vec<u8>> {
    let found = Mbox::new(Cursor::new(mbox), "mbox".to_owned());
    found.map(|found| found.message.unwrap()).collect()
}

#[test]
fn a_file_is_split_where_messages_begin_and_nowhere_else() {
    let mbox = b"From a@b Mon Nov 16\nSubject: 1\n\nhello\nFrom here it goes on\n>From you\n\n\
                 From c@d Tue Nov 17\nSubject: 2\n\n>>From me\n";
    assert_eq!(
        messages(mbox),
        [
            &b"Subject: 1\n\nhello\nFrom here it goes on\nFrom you\n\n"[..],
            b"Subject: 2\n\n>From me\n"
        ]
    );
    assert_eq!(messages(b"Subject: alone\n\nhello\n"), [b"Subject: alone\n\nhello\n"]);
    assert!(messages(b"").is_empty());
}

#[test]
fn a_message_without_end_is_cut_and_the_next_one_is_read() {
    let mut mbox = b"From a@b\n".to_vec();
    mbox.extend(std::iter::repeat_n(b'x', 2 * MAX_MESSAGE_BYTES));
    mbox.extend_from_slice(b"\n\nFrom c@d\nSubject: 2\n");
    let found = messages(&mbox);
    assert_eq!(found.len(), 2);
    assert!(found[0].len() > MAX_MESSAGE_BYTES && found[0].len() < 2 * MAX_MESSAGE_BYTES);
    assert_eq!(found[1], b"Subject: 2\n");
}

#[test]
fn a_mailbox_that_is_not_there_is_named() {
    assert!(Mailbox::open("/nowhere/Maildir".as_ref()).is_err());
}
