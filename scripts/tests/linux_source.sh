#!/bin/sh
# Contract: scripts/linux-source prints a folder for trees that the linux drivers can be built from,
# and for others one line that says why not, with exit code 2 or 3; it writes to no tree of a user.
# scripts/fuzz refuses the same trees before it builds anything, scripts/test a machine without sources.
# Run: sh scripts/tests/linux_source.sh
set -eu
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bad=0

fail() {
	echo "linux_source: $*" >&2
	bad=1
}

# refused CODE TEXT argument...
refused() {
	want=$1
	text=$2
	shift 2
	code=0
	scripts/linux-source "$@" >"$scratch/out" 2>"$scratch/err" || code=$?
	one_line "$@"
	[ ! -s "$scratch/out" ] || fail "$*: prints a folder all the same"
}

# The code and the line of the last command, of these words.
one_line() {
	[ "$code" -eq "$want" ] || fail "$*: exit code $code, not $want"
	[ "$(wc -l <"$scratch/err")" -eq 1 ] || fail "$*: not one line: $(cat "$scratch/err")"
	grep -qF -- "$text" "$scratch/err" || fail "$*: no '$text' in: $(cat "$scratch/err")"
}

# no_campaign CODE TEXT argument...: scripts/fuzz, called from $scratch, on a machine that has it all
no_campaign() {
	want=$1
	text=$2
	shift 2
	code=0
	(cd "$scratch" && PATH="$scratch/bin:$PATH" "$OLDPWD/scripts/fuzz" "$@") >"$scratch/out" \
		2>"$scratch/err" || code=$?
	one_line fuzz "$@"
}

# Programs of the package manager: everything is installed but kernel sources, and there is no network.
machine() {
	mkdir "$scratch/bin"
	cat >"$scratch/bin/dpkg-query" <<-'END'
		#!/bin/sh
		case "$*" in *linux-source-*) exit 1 ;; esac
		echo "install ok installed"
	END
	cat >"$scratch/bin/apt-get" <<-'END'
		#!/bin/sh
		echo "E: Unable to locate package linux-source-6.12" >&2
		exit 100
	END
	printf '#!/bin/sh\nexec "$@"\n' >"$scratch/bin/sudo"
	chmod +x "$scratch"/bin/*
}

# A tree with the files that are looked for, empty: tree NAME VERSION PATCHLEVEL SUBLEVEL
tree() {
	dir=$scratch/$1
	smmu=$dir/drivers/iommu/arm/arm-smmu-v3
	mkdir -p "$dir/include/linux" "$dir/include/asm-generic" "$dir/lib" "$dir/mm" \
		"$dir/kernel/rcu" "$smmu"
	printf 'VERSION = %s\nPATCHLEVEL = %s\nSUBLEVEL = %s\nEXTRAVERSION =\n' "$2" "$3" "$4" \
		>"$dir/Makefile"
	for file in include/linux/iommu.h include/asm-generic/io.h lib/xarray.c mm/mmu_notifier.c \
		kernel/rcu/srcutiny.c drivers/iommu/iommu.c drivers/iommu/iommu-sva.c \
		drivers/iommu/iommu-sva-lib.c drivers/iommu/io-pgfault.c; do
		: >"$dir/$file"
	done
	: >"$smmu/arm-smmu-v3.c"
	: >"$smmu/arm-smmu-v3-sva.c"
}

# What 6.12 has, up to a number of constructs.
like_6_12() { # number
	{
		echo iommu_alloc_global_pasid iommu_paging_domain_alloc
		echo iommu_dev_enable_feature IOMMU_DEV_FEAT_SVA
	} >"$dir/include/linux/iommu.h"
	echo iopf_group_response >"$dir/drivers/iommu/io-pgfault.c"
	echo iommu_sva_bind_device >"$dir/drivers/iommu/iommu-sva.c"
	[ "$1" -gt 1 ] || return 0
	echo iommu_attach_handle_get >>"$dir/drivers/iommu/iommu-sva.c"
	echo iommu_attach_handle_get >"$dir/drivers/iommu/iommu.c"
	echo arm_smmu_make_sva_cd >"$smmu/arm-smmu-v3-sva.c"
	echo arm_smmu_cmdq_batch_init >"$smmu/arm-smmu-v3.c"
}

refused 2 usage
refused 2 usage 6.6
refused 2 usage --tree
refused 2 'is no folder' --tree "$scratch/nothing"
mkdir "$scratch/empty"
refused 2 'is no kernel source' --tree "$scratch/empty"
echo 'all:' >"$scratch/empty/Makefile"
refused 2 'is no kernel source' --tree "$scratch/empty"

tree old 5 15 160
refused 3 'is Linux 5.15.160; supported are 6.1.y and 6.12.y' --tree "$scratch/old"
refused 3 'has no iommu_sva_alloc_pasid()' --tree "$scratch/old"

tree between 6 6 30
like_6_12 1
refused 3 'has no arm_smmu_make_sva_cd()' --tree "$scratch/between"

tree newer 6 18 0
like_6_12 2
sed -i '/IOMMU_DEV_FEAT_SVA/d' "$dir/include/linux/iommu.h"
refused 3 'has no iommu_dev_enable_feature()' --tree "$scratch/newer"
: >"$smmu/arm-smmu-v3-iommufd.c"
refused 3 'it has drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c' --tree "$scratch/newer"

tree claims 6 12 9
refused 3 'calls itself Linux 6.12.9, but' --tree "$scratch/claims"
rm "$dir/lib/xarray.c"
refused 2 'has no lib/xarray.c' --tree "$scratch/claims"

tree good 6 12 9
like_6_12 2
chmod -R a-w "$dir"
before=$(find "$dir" -printf '%p %s %T@\n' | sort | cksum)
[ "$(scripts/linux-source --tree "$dir")" = "$dir" ] || fail "a good tree is refused"
[ "$(cd "$scratch" && "$OLDPWD/scripts/linux-source" --tree=good)" = "$dir" ] ||
	fail "a relative folder is not found"
[ "$(scripts/linux-source --tree "$dir" --print-version)" = 6.12.9 ] || fail "--print-version"
[ "$(find "$dir" -printf '%p %s %T@\n' | sort | cksum)" = "$before" ] || fail "$dir was changed"
chmod -R u+w "$dir"

machine
no_campaign 2 '--linux-tree wants a folder' --linux-tree
no_campaign 2 '--linux-tree wants a folder' --linux-tree=
no_campaign 2 'Makefile is no folder' --linux-tree "$scratch/empty/Makefile"
no_campaign 2 "$scratch/nothing is no folder" --linux-tree nothing --time 1
no_campaign 2 "$scratch/empty is no kernel source" --time 1 --linux-tree empty
no_campaign 3 'is Linux 6.6.30; supported are 6.1.y and 6.12.y' --linux-tree=between
no_campaign 2 'good is Linux 6.12, not what --driver linux-6.1 means' --driver linux-6.1 --linux-tree good
no_campaign 2 "no driver 'linux-6.5'; linux-6.12, linux-6.1" --driver linux-6.5

code=0
PATH="$scratch/bin:$PATH" sh scripts/test >"$scratch/out" 2>"$scratch/err" || code=$?
[ $code -eq 3 ] || fail "no sources for scripts/test: exit code $code"
tail -n 1 "$scratch/err" | grep -qF scripts/test\ --no-linux ||
	fail "scripts/test does not say how to do without: $(cat "$scratch/err")"

for version in 6.1 6.12; do
	[ -r "/usr/src/linux-source-$version.tar.xz" ] || continue
	XDG_CACHE_HOME=/dev/null
	export XDG_CACHE_HOME
	refused 3 'cannot be written; set XDG_CACHE_HOME' "$version"
	unset XDG_CACHE_HOME
	case $(scripts/linux-source --print-version "$version" 2>/dev/null) in
	"$version".*) ;;
	*) fail "the package of $version is not what it says" ;;
	esac
done
exit "$bad"
