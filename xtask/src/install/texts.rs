//! What tells build systems where everything is: pkg-config's files and CMake's package.
//!
//! A program links the C library or the C++ one: two copies of the same engine in one process would
//! not know of each other. CMake refuses both; pkg-config cannot, since it holds `Conflicts` only
//! against what a package itself requires.

use super::VERSION;
use camino::{Utf8Component, Utf8Path};

/// The installed folders, as the texts name them.
pub(super) struct Place {
    /// From the folder of libraries to the prefix; none where it is not below it.
    up: Option<String>,
    prefix: String,
    /// Below the prefix, or absolute.
    libdir: String,
}

impl Place {
    pub(super) fn new(prefix: &Utf8Path, libdir: &Utf8Path) -> Place {
        let inner = libdir.strip_prefix(prefix).ok().filter(|inner| {
            inner
                .components()
                .all(|part| matches!(part, Utf8Component::Normal(_)))
        });
        Place {
            up: inner.map(|inner| vec![".."; inner.components().count()].join("/")),
            prefix: prefix.to_string(),
            libdir: inner.unwrap_or(libdir).to_string(),
        }
    }

    /// The prefix, from a folder that lies `depth` below the one of libraries and is called `here`.
    fn prefix_from(&self, here: &str, depth: usize) -> String {
        match &self.up {
            Some(up) => format!("{here}{}/{up}", "/..".repeat(depth)),
            None => self.prefix.clone(),
        }
    }

    /// The folder of libraries where `prefix` names the prefix.
    fn libdir_from(&self, prefix: &str) -> String {
        match &self.up {
            Some(_) => format!("{prefix}/{}", self.libdir),
            None => self.libdir.clone(),
        }
    }
}

/// Each file's name below the folder of libraries, and its text.
pub(super) fn all(place: &Place, native: &[String]) -> [(&'static str, String); 4] {
    [
        ("pkgconfig/regraft.pc", c_pc(place, native)),
        ("pkgconfig/regraft-cxx.pc", cxx_pc(place)),
        ("cmake/regraft/regraftConfig.cmake", cmake(place, native)),
        (
            "cmake/regraft/regraftConfigVersion.cmake",
            CMAKE_VERSION.replace("@VERSION@", VERSION),
        ),
    ]
}

fn pc_head(place: &Place) -> String {
    format!(
        "prefix={}\nlibdir={}\nincludedir=${{prefix}}/include\n\n",
        place.prefix_from("${pcfiledir}", 1),
        place.libdir_from("${prefix}"),
    )
}

fn c_pc(place: &Place, native: &[String]) -> String {
    format!(
        "{}Name: regraft\n\
         Description: rpm-ostree as an embeddable library: the C ABI\n\
         Version: {VERSION}\n\
         Libs: -L${{libdir}} -lregraft\n\
         Libs.private: {}\n\
         Cflags: -I${{includedir}}\n",
        pc_head(place),
        native.join(" "),
    )
}

fn cxx_pc(place: &Place) -> String {
    format!(
        "{}Name: regraft-cxx\n\
         Description: rpm-ostree as an embeddable library: the C++17 API\n\
         Version: {VERSION}\n\
         Libs: -L${{libdir}} -lregraft-cxx-glue -lregraft-cxx\n\
         Cflags: -I${{includedir}}\n",
        pc_head(place),
    )
}

fn cmake(place: &Place, native: &[String]) -> String {
    let libraries: Vec<&str> = native
        .iter()
        .map(|option| option.strip_prefix("-l").unwrap_or(option))
        .collect();
    CMAKE
        .replace("@PREFIX@", &place.prefix_from("${_regraft_here}", 2))
        .replace("@LIBDIR@", &place.libdir_from("${_regraft_prefix}"))
        .replace("@NATIVE@", &libraries.join(";"))
        .replace("@VERSION@", VERSION)
}

/// CMake itself compares a property that targets declare to be compatible, and names it where two
/// targets disagree: so its name is the message.
const CMAKE: &str = r#"# regraft::c         the C ABI, shared: #include <regraft.h>
# regraft::c-static  the same, static
# regraft::cxx       the C++17 API: #include <regraft.hpp>
# A target links one of them, itself and through others: two are refused.

get_filename_component(_regraft_here "${CMAKE_CURRENT_LIST_DIR}" REALPATH)
get_filename_component(_regraft_prefix "@PREFIX@" ABSOLUTE)
set(_regraft_libdir "@LIBDIR@")

if(NOT TARGET regraft::c)
  add_library(regraft::c SHARED IMPORTED)
  set_target_properties(regraft::c PROPERTIES
    IMPORTED_LOCATION "${_regraft_libdir}/libregraft.so.@VERSION@"
    IMPORTED_SONAME "libregraft.so.0"
    INTERFACE_INCLUDE_DIRECTORIES "${_regraft_prefix}/include"
    COMPATIBLE_INTERFACE_STRING REGRAFT_LINK_ONLY_ONE_OF_C_AND_CXX
    INTERFACE_REGRAFT_LINK_ONLY_ONE_OF_C_AND_CXX c)

  add_library(regraft::c-static STATIC IMPORTED)
  set_target_properties(regraft::c-static PROPERTIES
    IMPORTED_LOCATION "${_regraft_libdir}/libregraft.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES C
    INTERFACE_INCLUDE_DIRECTORIES "${_regraft_prefix}/include"
    INTERFACE_LINK_LIBRARIES "@NATIVE@"
    COMPATIBLE_INTERFACE_STRING REGRAFT_LINK_ONLY_ONE_OF_C_AND_CXX
    INTERFACE_REGRAFT_LINK_ONLY_ONE_OF_C_AND_CXX c-static)

  add_library(regraft::cxx-engine SHARED IMPORTED)
  set_target_properties(regraft::cxx-engine PROPERTIES
    IMPORTED_LOCATION "${_regraft_libdir}/libregraft-cxx.so.@VERSION@"
    IMPORTED_SONAME "libregraft-cxx.so.@VERSION@")
  add_library(regraft::cxx STATIC IMPORTED)
  set_target_properties(regraft::cxx PROPERTIES
    IMPORTED_LOCATION "${_regraft_libdir}/libregraft-cxx-glue.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES CXX
    INTERFACE_COMPILE_FEATURES cxx_std_17
    INTERFACE_INCLUDE_DIRECTORIES "${_regraft_prefix}/include"
    INTERFACE_LINK_LIBRARIES regraft::cxx-engine
    COMPATIBLE_INTERFACE_STRING REGRAFT_LINK_ONLY_ONE_OF_C_AND_CXX
    INTERFACE_REGRAFT_LINK_ONLY_ONE_OF_C_AND_CXX cxx)
endif()

foreach(_regraft_component IN LISTS regraft_FIND_COMPONENTS)
  if(NOT _regraft_component MATCHES "^(c|c-static|cxx)$" AND regraft_FIND_REQUIRED_${_regraft_component})
    set(regraft_FOUND FALSE)
    set(regraft_NOT_FOUND_MESSAGE
      "regraft has the components c, c-static and cxx, and no ${_regraft_component}")
  endif()
endforeach()
unset(_regraft_here)
unset(_regraft_prefix)
unset(_regraft_libdir)
unset(_regraft_component)
"#;

/// Before 1.0, another minor version may be another API.
const CMAKE_VERSION: &str = r#"set(PACKAGE_VERSION "@VERSION@")
string(REGEX MATCH "^[0-9]+\\.[0-9]+" _regraft_here "${PACKAGE_VERSION}")
string(REGEX MATCH "^[0-9]+\\.[0-9]+" _regraft_wanted "${PACKAGE_FIND_VERSION}.0")
if(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION
    AND (PACKAGE_FIND_VERSION STREQUAL "" OR _regraft_here VERSION_EQUAL _regraft_wanted))
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
unset(_regraft_here)
unset(_regraft_wanted)
if(CMAKE_SIZEOF_VOID_P AND NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
  set(PACKAGE_VERSION_UNSUITABLE TRUE)
endif()
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_found_from_where_files_lie() {
        for (prefix, libdir, from, then) in [
            ("/usr", "/usr/lib", "H/../..", "P/lib"),
            (
                "/usr",
                "/usr/lib/x86_64-linux-gnu",
                "H/../../..",
                "P/lib/x86_64-linux-gnu",
            ),
            ("/opt/a", "/lib64", "/opt/a", "/lib64"),
        ] {
            let place = Place::new(prefix.into(), libdir.into());
            assert_eq!(place.prefix_from("H", 1), from);
            assert_eq!(place.libdir_from("P"), then);
        }
    }
}
