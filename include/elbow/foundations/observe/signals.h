#pragma once

namespace elbow::signals {

/// Installs handlers for SIGINT, SIGTERM, SIGUSR1, SIGHUP (those not ignored at start), ignores
/// SIGPIPE and SIGXFSZ, then unblocks them: the front end blocked them before exec. First thing in
/// the trainer's main, before it has other threads.
/// @param saves_state true for train and resume: the first signal asks to save, a second SIGINT
/// leaves at once (130); the handler
///        itself says "stopping after this step; ..." on stderr. It runs on a thread that does
///        nothing else; the calling one and those that it makes later never hear these signals.
///        false: SIGINT leaves with 130 and the others with 75, after `cleanup_path`s were
///        unlinked.
void install(bool saves_state);
/// The number of the signal that asked to stop; 0 when none did.
int stop_requested();
/// For tests: pretends that a signal came. 0 takes it back.
void request_stop(int signal);
/// A temporary file that a verb without state removes when a signal ends it. "" forgets it.
void set_cleanup_path(const char* path);
/// The front end: blocks the four signals before exec.
void block_for_exec();

}  // namespace elbow::signals
