# shellcheck shell=bash
# Debian's Postfix with a queue of its own: STARTTLS enforced, and a real report of a letter that
# came back, which `spor bounces import` leads back to the letter.

postfix() {
    [ "$(id -u)" = 0 ] || skip "Postfix starts as root alone"
    if [ ! -x /usr/sbin/postfix ] && command -v debconf-set-selections >/dev/null; then
        # Debian's own one is neither set up nor started.
        echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
        debian postfix
    fi
    [ -x /usr/sbin/postfix ] || skip "there is no Postfix"
    local place port answer
    place=$(mktemp -d)
    port=$(free_port)
    chmod 755 "$place"
    certificates "$place"
    mkdir -p "$place/etc" "$place/queue" "$place/data" "$place/mail"
    chown postfix "$place/data" "$place/mail"
    cat >"$place/etc/main.cf" <<CONFIGURATION
compatibility_level = 3.6
queue_directory = $place/queue
data_directory = $place/data
maillog_file = $place/log
maillog_file_prefixes = $place
myhostname = relay.kommune.example
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = $place/server.pem
smtpd_tls_key_file = $place/server.key
virtual_mailbox_domains = kommune.example
virtual_mailbox_maps = texthash:$place/etc/people
virtual_mailbox_base = $place/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:$(id -u postfix)
virtual_gid_maps = static:$(id -g postfix)
CONFIGURATION
    # Nobody is called asta here: her letter is taken, and then comes back.
    printf '%s@kommune.example %s/\n' bo bo lis lis returned returned >"$place/etc/people"
    cat >"$place/etc/master.cf" <<SERVICES
127.0.0.1:$port inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
SERVICES
    # shellcheck disable=SC2064
    trap "command postfix -c '$place/etc' stop >/dev/null 2>&1; rm -rf '$place'" EXIT
    command postfix -c "$place/etc" start >/dev/null 2>&1 || fail "Postfix does not start: $(cat "$place/log")"
    until_so "Postfix listens" bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"

    municipality "$place/store" "host = \"localhost\"
port = $port
ca_file = \"$place/ca.pem\"
from = \"spor@kommune.example\"
return_path = \"returned@kommune.example\"
hello = \"spor.kommune.example\""
    cd "$place/store"
    answer=$("$spor" scheduler tick --at 2025-02-17T06:45:00+01:00 -o json)
    holds '"sent": 2' "$answer"
    until_so "bo has his letter" bash -c "ls $place/mail/bo/new/* | grep -q ."
    until_so "the report has come" bash -c "ls $place/mail/returned/new/* | grep -q ."
    answer=$("$spor" reminders outbox -o json)
    holds 'queued as' "$answer"

    answer=$("$spor" bounces import "$place/mail/returned" -o json --clock 2025-02-17T07:00:00+01:00)
    holds '"address_refused": 1' "$answer"
    holds '"recipient": "M-01"' "$answer"
    holds '5.1.1' "$answer"
    say "Postfix reports: $(printf '%s' "$answer" | grep '"told"')"
    holds '"state": "dead"' "$("$spor" reminders outbox -o json)"
    holds '"known": 1' "$("$spor" bounces import "$place/mail/returned" -o json)"
    "$spor" scheduler tick --at 2025-02-17T08:00:00+01:00 >/dev/null
    until_so "the lead hears of it" bash -c "ls $place/mail/lis/new/* | grep -q ."
    holds 'SPOR-2025-0001' "$("$spor" reminders explain SPOR-2025-0001 R01 -o json)"
    "$spor" audit verify >/dev/null

    # In clear Postfix takes nothing, and nothing is offered: a wrong authority is not trusted.
    sed -i "s|^ca_file.*|ca_file = \"$place/other.pem\"|" spor.toml
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=somebody else" \
        -keyout "$place/other.key" -out "$place/other.pem" 2>/dev/null
    if answer=$("$spor" reminders send-test bo@kommune.example 2>&1); then
        fail "a relay of somebody else was trusted"
    fi
    holds 'tls' "$answer"
    say "ok: two letters over STARTTLS, one came back, its letter is dead, the lead was told"
}
