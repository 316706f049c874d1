# Every letter there can be, held against the rules of axe in a real browser, by day and by night.
# Debian's Chromium; axe-core and playwright-core of npm.
accessible() {
    local modules=target/test-node pages
    command -v chromium >/dev/null || debian chromium
    command -v npm >/dev/null || debian nodejs npm
    mkdir -p "$modules"
    if ! [ -d "$modules/node_modules/axe-core" ] || ! [ -d "$modules/node_modules/playwright-core" ]; then
        npm install --prefix "$modules" --no-audit --no-fund axe-core playwright-core >/dev/null 2>&1 \
            || skip "axe-core and playwright-core cannot be installed"
    fi
    pages=$(mktemp -d)
    NODE_PATH="$modules/node_modules" node tests/node/accessible.cjs "$spor" "$pages"
    rm -rf "$pages"
}
