# SPDX-License-Identifier: MIT
# Completion of svafuzz for bash: `source` this file. What there is to choose from is asked of the
# program that is being completed, so it is what this build has.

# program ["smmu"]: the subcommands of svafuzz, or of svafuzz smmu.
_svafuzz_commands() {
	"$@" help 2>/dev/null | sed -n '/^drivers/q; s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# program subcommand...: its options.
_svafuzz_options() {
	"$@" --help 2>/dev/null | sed -n 's/^  \(--*[a-z][a-z-]*\) .*/\1/p'
	echo --help
}

# program "drivers"|"smmus": those of this build.
_svafuzz_listed() {
	"$1" help 2>/dev/null |
		awk -v section="$2" '/^[^ ]/ { on = index($0, section " ") == 1; next }
			on && NF && !/this build has no/ { print $1 }'
}

_svafuzz_faults() {
	"$1" faults --list 2>/dev/null | awk '{ print $1 }'
}

# program option: what its value may be; 1: any word or file.
_svafuzz_values() {
	case $2 in
	--driver) _svafuzz_listed "$1" drivers ;;
	--smmu) _svafuzz_listed "$1" smmus ;;
	--fault) _svafuzz_faults "$1" ;;
	--cache) printf '%s\n' none exact worst ;;
	--depth) printf '%s\n' changes all ;;
	--engine) printf '%s\n' libfuzzer afl ;;
	--format) printf '%s\n' c sh ;;
	*) return 1 ;;
	esac
}

_svafuzz() {
	local program=${COMP_WORDS[0]/#\~/$HOME} word=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]} choice
	local -a command=("${COMP_WORDS[1]}")

	COMPREPLY=()
	# "--cache=worst" is three words.
	if [ "$word" = = ]; then
		word=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	[ "${command[0]}" != smmu ] || command+=("${COMP_WORDS[2]}")
	if [ "$COMP_CWORD" -eq 1 ]; then
		choice=$(_svafuzz_commands "$program")
	elif [ "${command[0]}" = smmu ] && [ "$COMP_CWORD" -eq 2 ]; then
		choice=$(_svafuzz_commands "$program" smmu)
	elif [[ $word == -* ]]; then
		choice=$(_svafuzz_options "$program" "${command[@]}")
	elif choice=$(_svafuzz_values "$program" "$before"); then
		:
	elif [ "${command[0]}" = faults ] && [[ $before != -* || $before == --witness-only ]]; then
		choice=$(_svafuzz_faults "$program")
	elif [ "${command[0]}" = help ]; then
		choice=$(_svafuzz_commands "$program")
	else
		compopt -o default 2>/dev/null
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$choice" -- "$word")
}
complete -F _svafuzz svafuzz
