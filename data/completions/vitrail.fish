# Completion of vitrail.
function __vitrail_words
    set -l words (commandline -opc)
    switch "$words[2..]"
        case ''
            printf '%s\n' run ctl template --help
        case ctl
            printf '%s\n' windows clients outputs tree qubes status trace exec start shutdown kill attach detach label lock quit
        case 'ctl trace' 'ctl exec' 'ctl start' 'ctl shutdown' 'ctl kill' 'ctl label'
            qvm-ls --raw-list 2>/dev/null
        case 'ctl windows' 'ctl clients' 'ctl outputs' 'ctl tree' 'ctl qubes' 'ctl status'
            echo -- --json
        case template
            printf '%s\n' create list
        case 'template create'
            vitrail template list 2>/dev/null
        case 'template create*'
            printf '%s\n' --with --name --label --mirror
        case 'run*'
            switch "$words[-1]"
                case --config --qubes --shot
                    __fish_complete_path (commandline -ct)
                case '*'
                    printf '%s\n' --headless --vnc --verbose --config --qubes --output --for --shot
            end
    end
end
complete -c vitrail -f -a '(__vitrail_words)'
