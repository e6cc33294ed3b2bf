//! Manual pages and completions of shells, made from the definition of a program's command line.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::exit;

use clap::{Command, Parser, ValueEnum};
use clap_complete::Shell;

/// Arguments of a program. With `--generate FOLDER` and nothing else the program writes its manual pages and completions
/// into that folder, and ends; packages are made that way.
pub fn parse<Args: Parser>(arguments: Vec<OsString>) -> Args {
    if let [_, option, folder] = &arguments[..]
        && option == "--generate"
    {
        let program = Args::command();
        let name = program.get_name().to_owned();
        let Err(error) = generate(program, Path::new(folder)) else { exit(0) };
        let _ =
            writeln!(io::stderr(), "{name}: {}: {error}; expected a folder to write to", Path::new(folder).display());
        exit(2);
    }
    Args::parse_from(arguments)
}

/// Writes a page for the program and each of its commands, and a completion for each shell.
fn generate(program: Command, folder: &Path) -> io::Result<()> {
    let name = program.get_name().to_owned();
    for &shell in Shell::value_variants() {
        clap_complete::generate_to(shell, &mut program.clone(), &name, folder)?;
    }
    clap_mangen::generate_to(program.disable_help_subcommand(true), folder)
}
