#!/bin/sh
# recipe.sh - how the cross compiler is made: the functions that build.sh calls
# one after the other. A change here makes another compiler, and builds it anew.
#
# Uses here, work and installed of build.sh.
# shellcheck disable=SC2154

# What these name would find its way into the compiler.
unset LIBRARY_PATH CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH COMPILER_PATH \
    GCC_EXEC_PREFIX CPPFLAGS LDFLAGS MAKEFLAGS MFLAGS MAKELEVEL
# makeinfo would make the manuals.
export LC_ALL=C MAKEINFO=true CC=gcc CXX=g++ PATH="$installed/bin:$PATH"
# With -O1 it takes the least time in all to build the compiler, and then the
# kernels with it.
host_flags='-O1 -g0 -pipe'

# source_field NAME COLUMN: a field of sources.tsv.
source_field() {
    awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' \
        "$here/sources.tsv"
}

# same_checksum FILE CHECKSUM: has the file this SHA-256?
same_checksum() {
    if command -v sha256sum >/dev/null; then
        [ "$(sha256sum < "$1" | cut -d ' ' -f 1)" = "$2" ]
    else
        [ "$(shasum -a 256 < "$1" | cut -d ' ' -f 1)" = "$2" ]
    fi
}

# Prints the file that holds a source; downloads it if Debian's is not there.
fetch() {
    debian_file=$(source_field "$1" 3)
    if [ -e "$debian_file" ]; then
        same_checksum "$debian_file" "$(source_field "$1" 4)" || {
            echo "$debian_file is damaged, or of another version:" \
                "its SHA-256 is not $(source_field "$1" 4)" >&2
            return 1
        }
        echo "$debian_file"
        return
    fi
    url=$(source_field "$1" 5)
    file=$work/${url##*/}
    if [ ! -e "$file" ]; then
        if command -v curl >/dev/null; then
            curl -fsSL -C - -o "$file.part" "$url" >&2
        else
            wget -q -c -O "$file.part" "$url" >&2
        fi || {
            echo "$url cannot be downloaded" >&2
            return 1
        }
        same_checksum "$file.part" "$(source_field "$1" 6)" || {
            rm -f "$file.part"
            echo "$url has not the SHA-256 $(source_field "$1" 6)" >&2
            return 1
        }
        mv "$file.part" "$file"
    fi
    echo "$file"
}

# unpack NAME PART...: unpacks a source into the folder NAME, without its parts
# that no C compiler needs.
unpack() {
    unpacked=$1
    archive=$(fetch "$unpacked") || return 1
    top=$unpacked-$(source_field "$unpacked" 2)
    shift
    for part; do
        set -- "$@" "--exclude=$top/$part"
        shift
    done
    rm -rf "${work:?}/$top" "${work:?}/$unpacked"
    tar --no-same-owner -C "$work" -xf "$archive" "$@" &&
        mv "$work/$top" "$work/$unpacked" || return 1
}

unpack_gcc() {
    unpack gcc libstdc++-v3 libgo libphobos libgomp libgfortran libsanitizer \
        libffi liboffloadmic libvtv libobjc libitm libatomic libquadmath \
        libssp libada gnattools gotools libcc1 c++tools lto-plugin contrib \
        gcc/testsuite gcc/ada gcc/po gcc/go gcc/d/dmd gcc/fortran gcc/jit \
        libcpp/po 'gcc/ChangeLog*' 'ChangeLog*' || return 1
    # The build asks for this folder, and needs nothing in it.
    mkdir -p "$work/gcc/gcc/testsuite/selftests"
    # Debian leaves out the manuals. Its own patch builds without them.
    case $archive in
    *dfsg*) patch -s -d "$work/gcc" -p2 \
        < "${archive%/*}/patches/gcc-gfdl-build.diff" || return 1 ;;
    esac
    patch -s -d "$work/gcc" -p1 < "$here/libgcc-variants.patch"
}

# in_folder FOLDER COMMAND...: runs a command in a folder, which may be new.
in_folder() {
    mkdir -p "$1" && cd "$1" && shift && "$@"
}

configure_binutils() {
    ../binutils/configure --target=x86_64-elf --prefix="$installed" \
        CFLAGS="$host_flags" CXXFLAGS="$host_flags" \
        --with-sysroot --disable-nls --disable-werror --disable-shared \
        --disable-plugins --disable-multilib --disable-gdb --disable-gdbserver \
        --disable-sim --disable-gold --disable-gprof --disable-gprofng \
        --disable-libctf --disable-readline --disable-dependency-tracking \
        --enable-deterministic-archives --without-zstd --without-debuginfod
}

# C only, without a C library, for no operating system.
configure_gcc() {
    libraries=
    if command -v brew >/dev/null; then
        prefix=$(brew --prefix)
        libraries="--with-gmp=$prefix --with-mpfr=$prefix --with-mpc=$prefix"
    fi
    # shellcheck disable=SC2086  # a list of words, or none
    ../gcc/configure --target=x86_64-elf --prefix="$installed" $libraries \
        CFLAGS="$host_flags" CXXFLAGS="$host_flags" \
        CFLAGS_FOR_TARGET='-O2 -g0' \
        --enable-languages=c --without-headers --enable-checking=release \
        --disable-nls --disable-bootstrap --disable-shared --disable-threads \
        --disable-lto --disable-plugin --disable-gcov --disable-libssp \
        --disable-libquadmath --disable-libgomp --disable-libatomic \
        --disable-libvtv --disable-libsanitizer --disable-libcc1 \
        --disable-libstdcxx --disable-decimal-float --disable-fixed-point \
        --disable-analyzer --disable-dependency-tracking --disable-werror \
        --without-zstd --without-isl
}

install_gcc() {
    make install-strip-gcc install-target-libgcc || return 1
    # libgcc's own rules compile it with -g: a kernel would get that, too.
    find "$installed/lib/gcc" -name '*.[ao]' \
        -exec "$installed/bin/x86_64-elf-strip" --strip-debug {} + &&
        rm -rf "$installed/share" "$installed/lib/bfd-plugins" \
            "$installed"/lib*/gcc/x86_64-elf/*/install-tools
}
