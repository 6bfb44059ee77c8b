#include "cli/common/completion_scripts.h"

namespace elbow::cli {

const char kBashFunctions[] = R"bash(
_elbow_runs() {
  local file
  for file in runs/*/run.json "$1"*/run.json "$1"/run.json; do
    [[ -e "$file" ]] && echo "${file%/run.json}"
  done
}
_elbow_checkpoints() {
  local step
  echo "best latest"
  for step in "$1"/checkpoints/step-*; do
    [[ -d "$step" ]] && echo "${step##*/}"
  done
}
# Words that begin with $1; the rest of the arguments are candidates.
_elbow_match() {
  local cur="$1" word
  shift
  for word in $*; do
    [[ "$word" == "$cur"* ]] && COMPREPLY+=("$word")
  done
}
_elbow_files() {
  local file
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$1")
  compopt -o filenames 2>/dev/null
}
_elbow_override() {
  local cur="$1" sign=""
  case "$cur" in ++*) sign="++";; +*) sign="+";; "~"*) sign="~";; esac
  cur="${cur#"$sign"}"
  local key="${cur%%=*}" word
  if [[ "$cur" == *=* ]]; then
    for word in $(_elbow_key_values "$key"); do
      [[ "$key=$word" == "$cur"* ]] && COMPREPLY+=("$sign$key=$word")
    done
    return
  fi
  local tail="="
  [[ "$sign" == "~" ]] && tail=""
  for word in $_elbow_keys; do
    [[ "$word" == "$cur"* ]] && COMPREPLY+=("$sign$word$tail")
  done
  compopt -o nospace 2>/dev/null
}
_elbow_flag() {
  local verb="$1" run="$3" cur="$4"
  local kind="$(_elbow_flag_value "$verb" "$2")"
  case "$kind" in
    @file) _elbow_files "$cur";;
    @run) _elbow_match "$cur" "$(_elbow_runs "$cur")";;
    @checkpoint) _elbow_match "$cur" "$(_elbow_checkpoints "$run")";;
    *) _elbow_match "$cur" "${kind#@words}";;
  esac
}
_elbow_positional() {
  local verb="$1" count="$2" first="$3" cur="$4"
  case "$verb:$count" in
    train:0|validate:0) _elbow_files "$cur";;
    bench:0) _elbow_match "$cur" "$(_elbow_subjects "$verb")"; _elbow_files "$cur";;
    train:*|validate:*|bench:*|resume:[1-9]*) _elbow_override "$cur";;
    describe:1) _elbow_match "$cur" "$(_elbow_names "$first")";;
    data:1) if [[ "$first" == fetch ]]; then _elbow_match "$cur" "$_elbow_sets"; else _elbow_files "$cur"; fi;;
    info:0) _elbow_match "$cur" "$(_elbow_runs "$cur")"; _elbow_files "$cur";;
    runs:0) _elbow_files "$cur";;
    *:0)
      if _elbow_takes_run "$verb"; then _elbow_match "$cur" "$(_elbow_runs "$cur")"
      else _elbow_match "$cur" "$(_elbow_subjects "$verb")"; fi;;
  esac
}
_elbow() {
  # readline also cuts words at '=' and ':', which keys and devices contain; here only blanks count.
  local line="${COMP_LINE:0:COMP_POINT}" verb="" first="" count=0 pending="" i
  local -a words=()
  read -r -a words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  local last=$(( ${#words[@]} - 1 ))
  local cur="${words[last]}"
  for (( i = 1; i < last; i++ )); do
    local word="${words[i]}"
    if [[ -n "$pending" ]]; then pending=""; continue; fi
    if [[ "$word" == -* ]]; then
      [[ "$word" != *=* && -n "$(_elbow_flag_value "${verb:-help}" "$word")" ]] && pending="$word"
    elif [[ -z "$verb" ]]; then verb="$word"
    else
      (( count++ == 0 )) && first="$word"
    fi
  done
  COMPREPLY=()
  if [[ -n "$pending" ]]; then _elbow_flag "$verb" "$pending" "$first" "$cur"
  elif [[ "$cur" == --*=* ]]; then
    _elbow_flag "$verb" "${cur%%=*}" "$first" "${cur#*=}"
    COMPREPLY=("${COMPREPLY[@]/#/${cur%%=*}=}")
  elif [[ "$cur" == -* ]]; then _elbow_match "$cur" "$(_elbow_flags "$verb")"
  elif [[ -z "$verb" ]]; then _elbow_match "$cur" "$_elbow_verbs"
  else _elbow_positional "$verb" "$count" "$first" "$cur"
  fi
  # readline replaces only what follows the last of its own word breaks.
  local break
  for break in : =; do
    if [[ "$COMP_WORDBREAKS" == *"$break"* && "$cur" == *"$break"* ]]; then
      local prefix="${cur%"${cur##*"$break"}"}"
      COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    fi
  done
}
complete -F _elbow elbow
)bash";

const char kZshFunctions[] = R"zsh(
_elbow_zsh() {
  # (z) cuts the line as the shell does; words before the cursor only.
  local verb="" first="" count=0 pending="" word i cur="${words[CURRENT]}"
  for (( i = 2; i < CURRENT; i++ )); do
    word="${words[i]}"
    if [[ -n "$pending" ]]; then pending=""; continue; fi
    if [[ "$word" == -* ]]; then
      [[ "$word" != *=* && -n "$(_elbow_flag_value "${verb:-help}" "$word")" ]] && pending="$word"
    elif [[ -z "$verb" ]]; then verb="$word"
    else
      (( count == 0 )) && first="$word"
      (( count += 1 ))
    fi
  done
  local -a found
  if [[ -n "$pending" ]]; then
    local kind="$(_elbow_flag_value "$verb" "$pending")"
    case "$kind" in
      @file) _files; return;;
      @run) found=(runs/*/run.json(N:h));;
      @checkpoint) found=(best latest "$first"/checkpoints/step-*(N/:t));;
      *) found=(${=kind#@words});;
    esac
  elif [[ "$cur" == -* ]]; then found=(${=$(_elbow_flags "$verb")})
  elif [[ -z "$verb" ]]; then found=(${=_elbow_verbs})
  else
    case "$verb:$count" in
      train:0|validate:0|runs:0) _files; return;;
      bench:0) compadd -- ${=$(_elbow_subjects "$verb")}; _files; return;;
      train:*|validate:*|bench:*|resume:[1-9]*)
        if [[ "$cur" == *=* ]]; then
          local key="${cur%%=*}"
          found=(${=$(_elbow_key_values "${key##+#}")})
          (( ${#found} )) && compadd -- "$key="$^found
        elif [[ "$cur" == "~"* ]]; then compadd -- "~"${^${=_elbow_keys}}
        else
          local sign="${cur%%[^+]*}"
          compadd -S '=' -- "$sign"${^${=_elbow_keys}}
        fi
        return;;
      describe:1) found=(${=$(_elbow_names "$first")});;
      data:1) if [[ "$first" == fetch ]]; then found=(${=_elbow_sets}); else _files; return; fi;;
      info:0) compadd -- runs/*/run.json(N:h); _files; return;;
      *:0) if _elbow_takes_run "$verb"; then compadd -- runs/*/run.json(N:h); _files -/; return
           else found=(${=$(_elbow_subjects "$verb")}); fi;;
    esac
  fi
  compadd -- $found
}
compdef _elbow_zsh elbow
)zsh";

const char kFishFunctions[] = R"fish(function __elbow_runs
  for file in runs/*/run.json
    string replace -r '/run.json$' '' -- $file
  end
end
function __elbow_checkpoints
  printf '%s\n' best latest
  for word in (commandline -opc)
    for step in $word/checkpoints/step-*
      string replace -r '.*/' '' -- $step
    end
  end
end
function __elbow_second
  test (count (commandline -opc)) -ge 3
end
complete -c elbow -f
)fish";

}  // namespace elbow::cli
