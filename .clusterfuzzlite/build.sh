#!/bin/bash -eu
# SPDX-License-Identifier: MIT
# ClusterFuzzLite builds what OSS-Fuzz builds.
exec bash -eu "$SRC/svafuzz/oss-fuzz/build.sh"
