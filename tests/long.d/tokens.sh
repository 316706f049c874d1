# shellcheck shell=bash
# XOAUTH2 against npm's smtp-server, with a little token endpoint beside it.

tokens() {
    command -v node >/dev/null && command -v npm >/dev/null || debian nodejs npm
    local place smtp https answer
    place=$(mktemp -d)
    smtp=$(free_port)
    https=$(free_port)
    certificates "$place"
    (cd "$place" && npm install --silent --no-audit --no-fund smtp-server@3 >/dev/null 2>&1) \
        || skip "npm cannot fetch smtp-server"
    mkdir "$place/letters"
    printf 'klient-hemmelighed' >"$place/secret"
    NODE_PATH="$place/node_modules" node tests/node/xoauth2.js "$place" "$smtp" "$https" \
        >"$place/log" 2>&1 &
    local server=$!
    # shellcheck disable=SC2064
    trap "kill $server 2>/dev/null; rm -rf '$place'" EXIT
    until_so "both servers listen" grep -q ready "$place/log"

    municipality "$place/store" "host = \"localhost\"
port = $smtp
ca_file = \"$place/ca.pem\"
username = \"spor@kommune.example\"
token_url = \"https://localhost:$https/kommune/oauth2/v2.0/token\"
client_id = \"spor-klient\"
client_secret_file = \"$place/secret\"
scope = \"https://outlook.office365.com/.default\"
from = \"spor@kommune.example\"
hello = \"spor.kommune.example\""
    cd "$place/store"
    printf 'et-forkert-ord' >"$place/secret"
    answer=$("$spor" scheduler tick --at 2025-02-17T06:45:00+01:00 -o json)
    holds '401 invalid_client (AADSTS7000215)' "$answer"
    holds '"sent": 0' "$answer"
    printf 'klient-hemmelighed' >"$place/secret"
    # Refused for a while, the account is left alone for a while; the letters have lost nothing.
    answer=$("$spor" scheduler tick --at 2025-02-17T07:15:00+01:00 -o json)
    holds '"sent": 2' "$answer"
    [ "$(ls "$place/letters" | wc -l)" = 2 ] || fail "two letters: $(ls "$place/letters")"
    [ "$(grep -c 'token given' "$place/log")" = 1 ] || fail "one token for all: $(cat "$place/log")"
    # A token that the relay does not take is told as such, with what npm's server answers.
    touch "$place/revoked"
    if answer=$("$spor" reminders send-test bo@kommune.example 2>&1); then
        fail "a revoked token was taken"
    fi
    holds '535' "$answer"
    say "ok: letters by a token, a wrong secret and a revoked token named: ${answer%%$'\n'*}"
}
