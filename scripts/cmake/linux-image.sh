#!/bin/sh
# Link the objects of a kernel image into one: linux-image.sh ENTRY LINKER-SCRIPT LIST OUT.o
# LIST names the objects, one a line. ENTRY is the only symbol that OUT defines; what it does not
# reach is left out. Fails with their names when symbols would be taken from outside that are
# neither the C library's nor the sanitizers'.
# LD, OBJCOPY and NM may name the tools.
set -eu

entry=$1
script=$2
list=$3
out=$4

# Static initcalls of iommu.c, which the shim calls as do_initcalls() would.
initcalls="iommu_init iommu_subsys_init"
# What an image may take from outside: the C library's memory and string functions, and what
# compilers call for sanitizers and coverage.
allowed='mem(cpy|move|set|cmp|chr)|v?sn?printf|str(n?(case)?cmp|n?len|r?chr|n?cpy|str|cspn|spn)'
allowed="$allowed|__(asan|ubsan|sanitizer_cov)_.*|__((start|stop)___)?sancov_.*|_GLOBAL_OFFSET_TABLE_"

scratch=$out.tmp
trap 'rm -f "$scratch" "$scratch.iommu" "$scratch.undefined"' EXIT

set --
while read -r object; do
	case $object in
	*/iommu.c.o)
		set -- "$@" "$scratch.iommu"
		globalize=
		for symbol in $initcalls; do
			globalize="$globalize --globalize-symbol=$symbol"
		done
		# shellcheck disable=SC2086 # a list
		"${OBJCOPY:-objcopy}" $globalize "$object" "$scratch.iommu"
		;;
	*) set -- "$@" "$object" ;;
	esac
done <"$list"

"${LD:-ld}" -r --gc-sections -u "$entry" -T "$script" -o "$scratch" "$@"
"${NM:-nm}" -u "$scratch" | sed 's/^ *[Uvw] //' | sort -u >"$scratch.undefined"
if grep -vxE "$allowed" "$scratch.undefined" >&2; then
	echo "linux-image: $entry: these symbols are defined neither by the kernel files nor by the shim" >&2
	exit 1
fi
"${NM:-nm}" "$scratch" | grep -q " [DR] $entry\$" || {
	echo "linux-image: $entry is not defined" >&2
	exit 1
}
"${OBJCOPY:-objcopy}" --keep-global-symbol="$entry" "$scratch" "$out"
