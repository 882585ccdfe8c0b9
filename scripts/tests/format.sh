#!/bin/sh
# Contract: every C file is as clang-format writes it. Run: sh scripts/tests/format.sh
set -eu
cd "$(dirname "$0")/../.."
command -v clang-format >/dev/null || exit 77
find models harness fuzz reports oss-fuzz -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
