#!/bin/sh
# Contract: pages under docs/ are true. In a page, fenced blocks are
#   ```trace FILE         the trace in FILE, without its comments
#   ```show DRIVER FILE   what `svafuzz show --known corpus/known --driver DRIVER FILE` prints below the header
# and each must be what the tree and the program say. A driver that this build has not is skipped.
# Run: sh scripts/tests/pages.sh build/svafuzz [--write]; --write makes the blocks true instead.
set -eu
cd "$(dirname "$0")/../.."
svafuzz=$1
write=${2:-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
skipped='' checked=0 bad=0

# What belongs into the block with this info string; 3: cannot be said here.
block() {
	case $1 in
	trace)
		sed '/^#/d' "$2"
		;;
	show)
		code=0
		"$svafuzz" show --known corpus/known --driver "$2" "$3" >"$dir/out" 2>"$dir/err" || code=$?
		if [ "$code" -eq 3 ]; then
			return 3
		elif [ "$code" -gt 1 ]; then
			cat "$dir/err" >&2
			return 2
		fi
		sed -n '/^  *op  /,$p' "$dir/out" | sed 's/ *$//'
		;;
	*)
		echo "pages: unknown block '$1'; trace FILE or show DRIVER FILE" >&2
		return 2
		;;
	esac
}

# One page, block by block, into $dir/new.
page() {
	: >"$dir/new"
	: >"$dir/have"
	info=''
	while IFS= read -r line || [ -n "$line" ]; do
		case $info:$line in
		:'```trace '* | :'```show '*)
			info=${line#'```'}
			printf '%s\n' "$line" >>"$dir/new"
			: >"$dir/have"
			;;
		?*:'```')
			status=0
			# The words of an info string are arguments.
			# shellcheck disable=SC2086
			block $info >"$dir/want" || status=$?
			if [ "$status" -eq 3 ]; then
				skipped="$skipped $(echo "$info" | cut -d' ' -f2)"
				cp "$dir/have" "$dir/want"
			elif [ "$status" -ne 0 ]; then
				exit "$status"
			else
				checked=$((checked + 1))
			fi
			cat "$dir/want" >>"$dir/new"
			printf '%s\n' "$line" >>"$dir/new"
			info=''
			;;
		:*) printf '%s\n' "$line" >>"$dir/new" ;;
		*) printf '%s\n' "$line" >>"$dir/have" ;;
		esac
	done <"$1"
	if [ -n "$info" ]; then
		echo "pages: $1: the block '$info' has no end" >&2
		exit 2
	fi
	cmp -s "$1" "$dir/new" && return
	if [ "$write" = --write ]; then
		cp "$dir/new" "$1"
		echo "pages: $1 written"
		return
	fi
	diff "$1" "$dir/new" >&2 || true
	echo "pages: $1 is not true any more; see what changed, then: sh scripts/tests/pages.sh $svafuzz --write" >&2
	bad=1
}

for file in docs/*.md; do
	page "$file"
done
if [ -n "$skipped" ]; then
	echo "pages: not in this build, not checked:$(echo "$skipped" | tr ' ' '\n' | sort -u | tr '\n' ' ')"
fi
if [ "$checked" -eq 0 ]; then
	echo "pages: no block was checked" >&2
	exit 1
fi
echo "pages: $checked blocks"
exit "$bad"
