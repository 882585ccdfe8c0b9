#!/bin/sh
# Contract: what `cmake --install` leaves in a prefix is enough to build against, outside the tree,
# with either compiler, through pkg-config or find_package, shared or static: the examples say what
# they are expected to say. Nothing of the harness, of planted faults or of sanitizers is in it.
# Run: sh scripts/tests/install.sh build
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
flags="-std=c11 -Wall -Wextra -Wpedantic -Wmissing-prototypes -Werror"

fail() {
	echo "install: $*" >&2
	exit 1
}
quietly() {
	"$@" >"$dir/log" 2>&1 || {
		cat "$dir/log" >&2
		fail "$*"
	}
}
runs() { # program, example
	"$1" >"$dir/out" || fail "$1: exit $?"
	diff -u "$dir/$2.expected" "$dir/out" || fail "$1 says something else"
}

quietly cmake --build "$build" --target libraries
quietly cmake --install "$build" --prefix "$dir/prefix"
libdir=$(dirname "$(find "$dir/prefix" -name libsmmuv3.a)")
export PKG_CONFIG_PATH="$libdir/pkgconfig" CMAKE_PREFIX_PATH="$dir/prefix" LD_LIBRARY_PATH="$libdir"

# The libraries export what their headers declare, and nothing else.
for name in smmuv3:smmu_ svaref:ref_; do
	library=lib${name%:*}
	function="\\b${name#*:}[a-z0-9_]+\\("
	cat "$dir/prefix/include/$library"/*.h |
		"${CC:-cc}" -E -P -I"$dir/prefix/include/$library" - >"$dir/text"
	grep '^static inline' "$dir/text" | grep -oE "$function" | sort -u >"$dir/inline"
	grep -oE "$function" "$dir/text" | sort -u | comm -23 - "$dir/inline" | tr -d '(' >"$dir/declared"
	nm -D --defined-only "$libdir/$library.so" | awk '$2 == "T" { print $3 }' | sort >"$dir/exported"
	diff "$dir/declared" "$dir/exported" >"$dir/log" || {
		cat "$dir/log" >&2
		fail "$library: < is declared only, > is exported only"
	}
done
# Planted faults and sanitizers belong to the variants.
grep -E '/(smmuv3|svaref)_objects\.dir/' "$build/compile_commands.json" >"$dir/commands"
[ -s "$dir/commands" ] || fail "no command compiles the libraries"
! grep -E 'SVAFUZZ_FAULTS|-fsanitize|-fprofile|-fcoverage|NDEBUG' "$dir/commands" ||
	fail "the libraries are compiled like this"

cp models/smmuv3/examples/* models/reference/examples/* "$dir"
cat >"$dir/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(examples LANGUAGES C)
set(CMAKE_C_STANDARD 11)
find_package(libsmmuv3 ${VERSION} REQUIRED)
find_package(libsvaref ${VERSION} REQUIRED)
foreach(kind "" _static)
  add_executable(translate${kind} translate.c)
  target_link_libraries(translate${kind} libsmmuv3::libsmmuv3${kind})
  add_executable(bind${kind} bind.c)
  target_link_libraries(bind${kind} libsvaref::libsvaref${kind})
endforeach()
END

cd "$dir"
for compiler in clang gcc; do
	command -v $compiler >/dev/null || continue
	# Each public header stands on its own.
	for header in prefix/include/*/*.h; do
		echo "#include \"$header\"" >header.c
		# shellcheck disable=SC2086 # a list
		quietly $compiler $flags -c header.c -o header.o
	done
	for example in translate:libsmmuv3 bind:libsvaref; do
		name=${example%:*}
		library=${example#*:}
		# shellcheck disable=SC2046,SC2086 # lists
		quietly $compiler $flags $(pkg-config --cflags "$library") "$name.c" \
			$(pkg-config --libs "$library") -o "$name"
		runs "./$name" "$name"
		# shellcheck disable=SC2046,SC2086 # lists
		quietly $compiler $flags $(pkg-config --cflags "$library") "$name.c" \
			"$libdir/$library.a" -o "$name"
		runs "./$name" "$name"
	done
	quietly cmake -S . -B "cmake-$compiler" -DCMAKE_C_COMPILER=$compiler -DCMAKE_C_FLAGS="$flags" \
		-DVERSION="$(pkg-config --modversion libsmmuv3)"
	quietly cmake --build "cmake-$compiler"
	for name in translate bind; do
		runs "cmake-$compiler/$name" "$name"
		runs "cmake-$compiler/${name}_static" "$name"
	done
	echo "install: $compiler: pkg-config and find_package, shared and static"
done
