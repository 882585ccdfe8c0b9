#!/bin/sh
# Contract: what people read and type is what the program has. In README.md, CONTRIBUTING.md and docs/*.md
# every command line that starts with build/svafuzz (or NAME=VALUE and that) names a command, options and files that exist,
# and every link between documents leads somewhere; docs/svafuzz.1 lists each command with its
# options as --help does, between `.\" begin COMMAND` and `.\" end`; completion offers them all.
# Run: sh scripts/tests/docs.sh build [--write]; --write makes the blocks of the man page true instead.
set -eu
svafuzz=$(cd "$1" && pwd)/svafuzz
write=${2:-}
cd "$(dirname "$0")/../.."
page=docs/svafuzz.1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bad=0
problem() {
	echo "docs: $*" >&2
	bad=1
}

# What there is: one file for each command, with its options; "smmu replay" is smmu+replay.
commands() { # [smmu]
	"$svafuzz" "$@" help | sed -n '/^drivers/q; s/^  \([a-z][a-z-]*\) .*/\1/p'
}
commands >"$dir/commands"
commands smmu >"$dir/commands.smmu"
[ "$(wc -l <"$dir/commands")" -ge 10 ] || problem "svafuzz help lists hardly any command"
sed 's/^/smmu+/' "$dir/commands.smmu" | cat "$dir/commands" - >"$dir/all"
while read -r name; do
	# The words of a name are arguments.
	# shellcheck disable=SC2046
	"$svafuzz" $(echo "$name" | tr + ' ') --help >"$dir/help.$name"
	sed -n 's/^  \(--*[a-z][a-z-]*\)  *.*/\1/p' "$dir/help.$name" >"$dir/options.$name"
done <"$dir/all"
echo --help >"$dir/options.smmu"
: >"$dir/options.help"

# Is this command line, without its comment, one that the program could be given?
command_line() { # where, words
	where=$1
	# shellcheck disable=SC2086
	set -f && set -- $2 && set +f
	shift
	name=${1:-}
	if [ "$name" = smmu ] && [ $# -gt 1 ]; then
		name=smmu+$2
		shift
	fi
	if [ ! -e "$dir/options.$name" ]; then
		problem "$where: there is no command '$name'"
		return
	fi
	shift
	for word; do
		case $word in
		--help) ;;
		-?*)
			grep -qxe "${word%%=*}" "$dir/options.$name" ||
				problem "$where: svafuzz $name has no option $word"
			;;
		corpus/* | docs/* | models/*)
			[ -e "$word" ] || problem "$where: there is no $word"
			;;
		esac
	done
	counted=$((counted + 1))
}

# Lines of code only; what follows #, |, ;, && or > is not the program's.
counted=0
for file in README.md CONTRIBUTING.md docs/*.md; do
	awk '{ line = line $0 } /\\$/ { sub(/\\$/, "", line); next } { print FILENAME ":" FNR " " line; line = "" }' \
		"$file" | sed -nE 's/^([^ ]*) *(\$ )?([A-Z_]+=[^ ]* )*build\/(tree\/)?svafuzz /\1 build\/svafuzz /p' |
		sed 's/\( #\|[|;>]\| && \).*//' >"$dir/lines"
	while read -r where words; do
		command_line "$where" "$words"
	done <"$dir/lines"
done
[ "$counted" -gt 0 ] || problem "no command line was found"

# [text](path#anchor), but not to other machines.
find ./*.md docs models harness corpus -name '*.md' >"$dir/documents"
while read -r file; do
	grep -o ']([^)]*)' "$file" | sed 's/^](//; s/)$//; s/#.*//' | sort -u >"$dir/links"
	while read -r link; do
		case $link in
		'' | http*://* | mailto:*) ;;
		*) [ -e "$(dirname "$file")/$link" ] || problem "$file: a link to $link, which is not there" ;;
		esac
	done <"$dir/links"
done <"$dir/documents"

# The options that choose what is tested stand once in the man page.
block() { # command
	title=$(echo "$1" | tr + ' ')
	case $1 in
	smmu+*) "$svafuzz" smmu help ;;
	*) "$svafuzz" help ;;
	esac | awk -v name="${title##* }" -v title="$title" '
		/^drivers/ { exit }
		$1 == name && /^  / {
			sub(/^ *[a-z-]+ +/, "")
			arguments = ""
			if (match($0, /   *[^ ]/)) {
				arguments = " " substr($0, 1, RSTART - 1)
				$0 = substr($0, RSTART + RLENGTH - 1)
			}
			sub(/^ /, "", arguments)
			print ".Ss " title (arguments == "" ? "" : " " arguments)
			print toupper(substr($0, 1, 1)) substr($0, 2) "."
		}'
	awk '
		function flush() { if (open) print ".El"; open = 0 }
		/^  --driver VALUE  *driver under test$/ ||
		/^  --smmu VALUE  *SMMU that it runs on$/ ||
		/^  --cache VALUE / || /^  --depth VALUE / { shared = 1; next }
		/^  -/ {
			if (!open) print ".Bl -tag -width indent"
			open = 1
			flag = $1
			sub(/^-/, "", flag)
			value = $2 == "VALUE"
			print ".It Fl " flag (value ? " Ar value" : "")
			$1 = ""
			if (value) $2 = ""
			sub(/^ +/, "")
			print
		}
		END { flush(); if (shared) print ".Pp\nAnd those of\n.Sx WHAT IS TESTED ." }
	' "$dir/help.$1"
}

# Reads the man page; each block is written anew.
missing=$(cat "$dir/all")
inside=''
while IFS= read -r line; do
	case $line in
	'.\" begin '*)
		inside=${line#'.\" begin '}
		printf '%s\n' "$line"
		if [ -e "$dir/help.$inside" ]; then
			block "$inside"
		else
			echo "$page has a block for '$inside', which is no command" >>"$dir/problems"
		fi
		echo "$inside" >>"$dir/documented"
		;;
	'.\" end')
		inside=''
		printf '%s\n' "$line"
		;;
	*) [ -n "$inside" ] || printf '%s\n' "$line" ;;
	esac
done <"$page" >"$dir/page"
[ -z "$inside" ] || problem "$page: the block of $inside has no end"
[ ! -e "$dir/problems" ] || problem "$(cat "$dir/problems")"
for name in $missing; do
	grep -qxF "$name" "$dir/documented" || problem "$page says nothing about '$name'"
done
if ! cmp -s "$page" "$dir/page"; then
	if [ "$write" = --write ]; then
		cp "$dir/page" "$page"
		echo "docs: $page written"
	else
		diff "$page" "$dir/page" >&2 || true
		problem "$page is not what --help says; read it, then: sh scripts/tests/docs.sh $1 --write"
	fi
fi
# Variables that the program or a target asks for.
grep -rhoE '\<(get)?env\("SVAFUZZ_[A-Z_]+"' harness fuzz | grep -oE 'SVAFUZZ_[A-Z_]+' | sort -u >"$dir/variables"
[ -s "$dir/variables" ] || problem "no variable was found in the sources"
while read -r name; do
	grep -q "^\.It Ev .*\<$name\>" "$page" || problem "$page says nothing about $name"
done <"$dir/variables"

linted=''
if command -v mandoc >/dev/null; then
	linted=" mandoc"
	mandoc -T lint -W warning "$page" >&2 || problem "$page: see above"
fi
if command -v man >/dev/null && command -v groff >/dev/null; then
	linted="$linted man"
	MANPAGER=cat LC_ALL=C.UTF-8 man --warnings -l "$page" 2>"$dir/warnings" >"$dir/text"
	[ ! -s "$dir/warnings" ] || problem "$page: $(cat "$dir/warnings")"
	[ -s "$dir/text" ] || problem "$page: man shows nothing"
fi

# Completion is asked for the words at the end of a command line, and says them one a line.
cat >"$dir/ask.bash" <<'END'
. scripts/completion/svafuzz.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_svafuzz
printf '%s\n' "${COMPREPLY[@]}"
END
cat >"$dir/ask.zsh" <<'END'
compadd() { shift; print -l -- "$@" }
_files() { }
words=("$@")
CURRENT=$#
source scripts/completion/_svafuzz
END
offers() { # shell, file of words, words of the command line
	shell=$1 want=$2
	shift 2
	"$shell" "$dir/ask.$shell" "$svafuzz" "$@" | sort -u >"$dir/offered"
	sort -u "$want" | comm -23 - "$dir/offered" >"$dir/not"
	[ ! -s "$dir/not" ] || problem "$shell completion of 'svafuzz $*' lacks $(tr '\n' ' ' <"$dir/not")"
}
printf '%s\n' none exact worst >"$dir/caches"
printf '%s\n' changes all >"$dir/depths"
for name in driver:drivers smmu:smmus; do
	"$svafuzz" help | awk -v section="${name#*:}" '
		/^[^ ]/ { on = index($0, section " ") == 1; next }
		on && NF && !/this build has no/ { print $1 }' >"$dir/${name#*:}"
	[ -s "$dir/${name#*:}" ] || problem "svafuzz help lists no ${name#*:}"
done
"$svafuzz" faults --list 2>"$dir/err" | awk '{ print $1 }' >"$dir/faults" || true
for shell in bash zsh; do
	command -v "$shell" >/dev/null || continue
	linted="$linted $shell"
	offers "$shell" "$dir/commands" ''
	offers "$shell" "$dir/commands.smmu" smmu ''
	while read -r name; do
		case $name in help | smmu) continue ;; esac
		# shellcheck disable=SC2046
		offers "$shell" "$dir/options.$name" $(echo "$name" | tr + ' ') -
	done <"$dir/all"
	offers "$shell" "$dir/drivers" replay --driver ''
	offers "$shell" "$dir/smmus" replay --smmu ''
	offers "$shell" "$dir/faults" replay --fault ''
	offers "$shell" "$dir/caches" replay --cache ''
	offers "$shell" "$dir/depths" replay --depth ''
done
# Values that stand in both: the program takes them.
for value in $(sed 's/^/cache=/' "$dir/caches") $(sed 's/^/depth=/' "$dir/depths"); do
	"$svafuzz" replay "--$value" --help >"$dir/out" || problem "svafuzz replay does not take --$value"
done

[ "$bad" -ne 0 ] || echo "docs: $counted command lines, $(wc -l <"$dir/all") commands; checked with:$linted"
exit "$bad"
