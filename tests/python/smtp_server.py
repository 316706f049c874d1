"""A well-known SMTP server (aiosmtpd) for the tests: STARTTLS and AUTH are required.

    python3 smtp_server.py --folder DIR --certificate FILE --key FILE
                           [--port N] [--user NAME] [--password WORD]

It prints "ready PORT" and writes each letter it takes as a file 000001.eml (the bytes of the
letter) beside 000001.json (envelope, account). It ends when its standard input ends.

Needs Python 3.9 or later and aiosmtpd 1.4 or later (Debian: python3-aiosmtpd).
"""

import argparse
import asyncio
import email
import hmac
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Folder:
    """Takes letters and writes them down before they are answered."""

    def __init__(self, folder):
        self.folder = folder
        self.count = sum(name.endswith(".json") for name in os.listdir(folder))

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        path = os.path.join(self.folder, "%06d" % self.count)
        with open(path + ".eml", "wb") as letter:
            letter.write(envelope.original_content)
        message = email.message_from_bytes(envelope.original_content)
        note = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "message_id": message.get("Message-ID", ""),
            "encrypted": session.ssl is not None,
            "account": session.auth_data,
            "answered": 250,
        }
        with open(path + ".part", "w", encoding="utf-8") as notes:
            json.dump(note, notes, indent=2)
        os.rename(path + ".part", path + ".json")
        return "250 2.0.0 kept as %06d" % self.count


def authenticator(user, password):
    """Knows one account, by AUTH PLAIN or AUTH LOGIN."""

    def known(server, session, envelope, mechanism, data):
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        same = hmac.compare_digest(data.login, user.encode())
        same &= hmac.compare_digest(data.password, password.encode())
        if not same:
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=user)

    return known


async def serve(arguments):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(arguments.certificate, arguments.key)
    handler = Folder(arguments.folder)
    known = authenticator(arguments.user, arguments.password)
    loop = asyncio.get_running_loop()

    def conversation():
        return SMTP(
            handler,
            hostname="localhost",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            auth_require_tls=True,
            authenticator=known,
            loop=loop,
        )

    server = await loop.create_server(conversation, host="127.0.0.1", port=arguments.port)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    # The end of the standard input is the end of the test that started this.
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main():
    parser = argparse.ArgumentParser(description="A relay that keeps letters as files.")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="spor")
    parser.add_argument("--password", default="hemmelig-7")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    asyncio.run(serve(arguments))


if __name__ == "__main__":
    main()
