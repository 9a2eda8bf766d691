//! The C program that calls every function of the header with what it must refuse.

use super::prototype::{CALLBACK, ERROR, Function, Parameter, handle};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Arguments that may be NULL: function and argument.
const OPTIONAL: &[(&str, &str)] = &[
    ("regraft_job_on_progress", "callback"),
    ("regraft_job_on_progress", "userdata"),
    ("regraft_package_verify", "keyring"),
    ("regraft_repo_config_parse", "variables"),
    ("regraft_repo_config_read_dir", "variables"),
    ("regraft_repo_config_from_files", "variables"),
    ("regraft_compose_sign", "home"),
    ("regraft_origin_set_override_commit", "checksum"),
];

/// The program's text. `makers.h` makes the handles that the program owns; the others are asked of
/// them here.
pub(crate) fn program(header: &str, functions: &[Function]) -> String {
    let mut text = String::from("#include \"check.h\"\n\n");
    let owned: BTreeSet<&str> = functions
        .iter()
        .filter_map(|function| {
            function
                .name
                .strip_prefix("regraft_")?
                .strip_suffix("_free")
        })
        .collect();
    let mut nouns: BTreeSet<&str> = owned.clone();
    for function in functions {
        nouns.extend(function.parameters.iter().filter_map(Parameter::handle));
        nouns.extend(handle(&function.answers));
    }
    for noun in &nouns {
        let constant = if owned.contains(noun) { "" } else { "const " };
        writeln!(text, "static {constant}regraft_{noun} *have_{noun};").unwrap();
        if owned.contains(noun) && *noun != "error" {
            writeln!(text, "static regraft_{noun} *out_{noun};").unwrap();
        }
    }
    text.push_str("\n#include \"sweep/makers.h\"\n\n");
    borrow(&mut text, &nouns, &owned, functions);
    for function in functions {
        check(&mut text, header, function);
    }
    text.push_str("int main(int argc, char **argv)\n{\n  CHECK(argc >= 5);\n");
    text.push_str("  make(argv[1], argv[2], argv[3], argv[4], argv[5]);\n  borrow();\n");
    for function in functions {
        writeln!(text, "  check_{}();", function.name).unwrap();
    }
    for noun in &nouns {
        writeln!(text, "  if (!have_{noun}) puts(\"no {noun}\");").unwrap();
    }
    for noun in &owned {
        writeln!(text, "  regraft_{noun}_free(have_{noun});").unwrap();
    }
    text.push_str("  done();\n  return wrong;\n}\n");
    text
}

/// Whatever is borrowed of what is there, the first of each list.
fn borrow(
    text: &mut String,
    nouns: &BTreeSet<&str>,
    owned: &BTreeSet<&str>,
    functions: &[Function],
) {
    text.push_str("static void borrow(void)\n{\n");
    // What is borrowed of something borrowed comes in a later round.
    writeln!(text, "  for (int i = 0; i < {}; i++) {{", nouns.len()).unwrap();
    for function in functions {
        let Some(noun) = handle(&function.answers).filter(|noun| !owned.contains(noun)) else {
            continue;
        };
        let arguments = function.parameters.iter().map(|parameter| {
            let number = matches!(&*parameter.kind, "size_t" | "int32_t");
            if number {
                "0".to_owned()
            } else {
                valid(parameter)
            }
        });
        let arguments: Vec<String> = arguments.collect();
        let name = &function.name;
        writeln!(
            text,
            "    if (!have_{noun}) have_{noun} = {name}({});",
            arguments.join(", ")
        )
        .unwrap();
    }
    text.push_str("  }\n}\n\n");
}

/// An argument with which a call can do something.
fn valid(parameter: &Parameter) -> String {
    match &*parameter.kind {
        "const char *" => "\"text\"".to_owned(),
        "const char *const *" => "texts".to_owned(),
        "void *" | "const void *" => "bytes".to_owned(),
        "int32_t *" => "&number".to_owned(),
        "int32_t" | "uint32_t" | "uint64_t" => "0".to_owned(),
        "size_t" => "1".to_owned(),
        ERROR => "&error".to_owned(),
        CALLBACK => "hear".to_owned(),
        kind => match (parameter.handle(), parameter.made()) {
            (Some(noun), _) => format!("have_{noun}"),
            (_, Some(noun)) => format!("&out_{noun}"),
            _ => panic!("`{kind}` is a new sort of argument: say here what a valid one is"),
        },
    }
}

/// An argument that is nothing.
fn nothing(parameter: &Parameter) -> String {
    match parameter.is_pointer() {
        true => "NULL".to_owned(),
        false => "0".to_owned(),
    }
}

fn check(text: &mut String, header: &str, function: &Function) {
    writeln!(text, "static void check_{}(void)\n{{", function.name).unwrap();
    let nothings: Vec<String> = function.parameters.iter().map(nothing).collect();
    match &*function.answers {
        "regraft_code" if function.is_fallible() => fallible(text, header, function, nothings),
        "regraft_code" if function.name == "regraft_error_kind" => {
            writeln!(text, "  CHECK(regraft_error_kind(NULL) == REGRAFT_OK);").unwrap();
        }
        "regraft_code" => {
            let call = format!("{}({})", function.name, nothings.join(", "));
            writeln!(text, "  WANT({call} == REGRAFT_NULL_ARGUMENT);").unwrap();
        }
        "void" => {
            writeln!(text, "  {}({});", function.name, nothings.join(", ")).unwrap();
        }
        _ if function.parameters.is_empty() => constant(text, function),
        _ => accessor(text, header, function, nothings),
    }
    text.push_str("}\n\n");
}

/// Without arguments there is nothing to refuse: it makes something, or tells a fact.
fn constant(text: &mut String, function: &Function) {
    let name = &function.name;
    match function.answers.strip_prefix("regraft_") {
        Some(noun) => {
            let noun = noun.strip_suffix(" *").unwrap();
            writeln!(text, "  out_{noun} = {name}();\n  CHECK(out_{noun});").unwrap();
            writeln!(text, "  regraft_{noun}_free(out_{noun});").unwrap();
        }
        None if function.answers.ends_with('*') => {
            writeln!(text, "  CHECK({name}()[0] != '\\0');").unwrap();
        }
        None => writeln!(text, "  (void) {name}();").unwrap(),
    }
}

/// Answers nothing for NULL, for an index that is too large, and for an enum that is none.
fn accessor(text: &mut String, header: &str, function: &Function, nothings: Vec<String>) {
    let name = &function.name;
    let comment = &function.comment;
    let expectation = |call: String| match &*function.answers {
        "const char *" if comment.contains("`\"\"` for NULL") || comment.contains("or `\"\"`.") => {
            format!("  WANT(is_empty({call}));\n")
        }
        kind if kind.ends_with('*') => format!("  WANT({call} == NULL);\n"),
        "bool" if comment.contains("True for NULL") => format!("  WANT({call});\n"),
        "bool" => format!("  WANT(!{call});\n"),
        _ if comment.contains("-1 ") => format!("  WANT({call} == -1);\n"),
        _ => format!("  WANT({call} == 0);\n"),
    };
    let valids: Vec<String> = function.parameters.iter().map(valid).collect();
    let mut all = vec![nothings];
    for (place, parameter) in function.parameters.iter().enumerate() {
        let values: Vec<String> = match &*parameter.kind {
            "size_t" => vec![
                "SIZE_MAX".into(),
                "SIZE_MAX / 2 + 1".into(),
                "1000000".into(),
            ],
            "int32_t" => bad_enums(function, header),
            _ if parameter.is_pointer() => vec!["NULL".into()],
            _ => continue,
        };
        for value in values {
            let mut arguments = valids.clone();
            arguments[place] = value;
            all.push(arguments);
        }
    }
    for arguments in all {
        let call = format!("{name}({})", arguments.join(", "));
        text.push_str(&expectation(call));
    }
}

fn bad_enums(function: &Function, header: &str) -> Vec<String> {
    let greatest = function.greatest(header).unwrap_or_else(|| {
        panic!("the comment of {} must name the constants", function.name);
    });
    let past = (greatest + 1).to_string();
    vec!["-1".into(), "INT32_MAX".into(), "INT32_MIN".into(), past]
}

fn fallible(text: &mut String, header: &str, function: &Function, mut nothings: Vec<String>) {
    let name = &function.name;
    writeln!(
        text,
        "  WANT({name}({}) == REGRAFT_NULL_ARGUMENT);",
        nothings.join(", ")
    )
    .unwrap();
    *nothings.last_mut().unwrap() = "&error".to_owned();
    let call = format!("{name}({})", nothings.join(", "));
    writeln!(
        text,
        "  refused(\"{name}\", {call}, REGRAFT_NULL_ARGUMENT, NULL);"
    )
    .unwrap();
    let (last, parameters) = function.parameters.split_last().unwrap();
    assert_eq!(last.kind, ERROR);
    let outs: Vec<&str> = parameters.iter().filter_map(Parameter::made).collect();
    for (place, parameter) in parameters.iter().enumerate() {
        let optional = OPTIONAL.contains(&(name, &parameter.name));
        let (values, code) = match &*parameter.kind {
            "int32_t" => (bad_enums(function, header), "REGRAFT_BAD_ENUM"),
            // Bits of which the highest means nothing.
            "uint32_t" => (vec!["UINT32_C(1) << 31".into()], "REGRAFT_BAD_ENUM"),
            _ if parameter.is_pointer() && !optional => {
                (vec!["NULL".into()], "REGRAFT_NULL_ARGUMENT")
            }
            _ => continue,
        };
        // Where a handle could not be made, what is wrong may be said of that one.
        let others = parameters
            .iter()
            .enumerate()
            .filter(|other| other.0 != place);
        let handles: Vec<String> = others
            .filter_map(|(_, other)| Some(format!("have_{}", other.handle()?)))
            .collect();
        let complete = match handles.is_empty() {
            true => "1".to_owned(),
            false => handles.join(" && "),
        };
        for value in values {
            let mut arguments: Vec<String> = function.parameters.iter().map(valid).collect();
            arguments[place] = value;
            let call = format!("{name}({})", arguments.join(", "));
            // What is in its place before must not be there afterwards.
            for noun in outs.iter().filter(|_| parameter.made().is_none()) {
                writeln!(text, "  out_{noun} = (regraft_{noun} *) bytes;").unwrap();
            }
            if code == "REGRAFT_BAD_ENUM" {
                writeln!(text, "  WANT({complete});").unwrap();
            }
            // Of bits the message names those that there are.
            let named = match &*parameter.kind {
                "uint32_t" => "REGRAFT_".to_owned(),
                _ => format!("`{}`", parameter.name),
            };
            writeln!(
                text,
                "  refused(\"{name}\", {call}, {code}, {complete} ? \"{named}\" : NULL);"
            )
            .unwrap();
            for noun in outs.iter().filter(|_| parameter.made().is_none()) {
                writeln!(text, "  WANT(out_{noun} == NULL);").unwrap();
            }
        }
    }
}
