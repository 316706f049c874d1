//! Reports of a mail server, written as Debian's Postfix writes them.

/// What a report says.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What the letter was called when it was handed in.
    pub envelope_id: Option<String>,
    /// The `Message-ID` of the letter, with its angle brackets.
    pub message_id: Option<String>,
    /// The address it went to.
    pub address: String,
    /// `failed`, `delayed`, `relayed`.
    pub action: &'static str,
    /// Three numbers.
    pub status: &'static str,
    /// The server's words.
    pub words: String,
}

/// The report as a message.
pub fn notice(notice: &Notice) -> String {
    let Notice { address, action, status, words, .. } = notice;
    let line = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{name}: {value}\n")).unwrap_or_default()
    };
    let envelope_id = line("Original-Envelope-Id", &notice.envelope_id);
    let message_id = line("Message-ID", &notice.message_id);
    format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@relay.example (Mail Delivery System)\n\
         To: spor@kommune.example\nSubject: Undelivered Mail Returned to Sender\n\
         MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;\n\
         \tboundary=\"1A2B.176/relay.example\"\n\n--1A2B.176/relay.example\n\
         Content-Type: text/plain; charset=us-ascii\n\nThis is the mail system.\n\n\
         --1A2B.176/relay.example\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; relay.example\n{envelope_id}X-Postfix-Queue-ID: 1A2B\n\n\
         Final-Recipient: rfc822; {address}\nOriginal-Recipient: rfc822;{address}\n\
         Action: {action}\nStatus: {status}\nRemote-MTA: dns; mx.example\n\
         Diagnostic-Code: smtp; {words}\n\n--1A2B.176/relay.example\n\
         Content-Type: text/rfc822-headers\n\nFrom: spor@kommune.example\n{message_id}\n\
         --1A2B.176/relay.example--\n"
    )
}
