#!/bin/sh
# Contract: arrows point one way. models/ includes nothing from outside its own room and the C
# library; world and trace include no room above them; drivers never see the reference model.
# Run: sh scripts/tests/arrows.sh
set -eu
cd "$(dirname "$0")/../.."
bad=0

# forbid ROOM REGEX WHY
forbid() {
	[ -d "$1" ] || return 0
	if grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*\"[^\"]*($2)" "$1" \
		--include='*.c' --include='*.h'; then
		echo "arrows: $1 must not include that: $3" >&2
		bad=1
	fi
}

forbid models '(harness|fuzz|reports)/' 'models are pure libraries'
forbid models 'check\.h|world\.h|trace\.h|driver\.h|smmu\.h' 'models are pure libraries'
forbid models/reference 'smmuv3' 'the law has no hardware words'
forbid models/smmuv3 'svaref' 'the hardware does not know the law'
forbid harness/trace '(models|world|drivers|owners|smmus|check|cli)/' 'trace stands below them'
forbid harness/world '(trace|drivers|owners|smmus|check|cli)/|svaref' 'world stands below them'
forbid harness/smmus '(trace|drivers|owners|check|cli)/|svaref' 'an smmu knows the world only'
forbid harness/drivers '(trace|owners|check|cli)/|svaref' 'a driver never sees the law'
forbid harness/owners '(trace|check|cli)/|svaref' 'an owner never sees the law'
forbid harness/check '(device|cli|fuzz)/' 'check stands below them'
forbid harness/device '(trace|world|drivers|check|cli|fuzz)/' 'the device level knows models and smmus'
exit "$bad"
