#!/usr/bin/perl
# SOAP::Lite as the client: xsi:type="xsd:string" on leaves, encodingStyle on the Envelope, children in the default
# namespace (v3) or in none (v2).
use strict;
use warnings;
use utf8;
use HTTP::Request;
use LWP::UserAgent;
use MIME::Base64 qw(decode_base64);
use SOAP::Lite;
use URI::Escape qw(uri_escape);

binmode STDOUT, ':encoding(UTF-8)';
$| = 1;

my ($URL, $SERVICE, $PASSWORD) = @ENV{qw(SEGL_URL SEGL_SERVICE SEGL_PASSWORD)};
my $DOC         = "$URL/doc/$SERVICE";
my $NAME        = 'interop perl';
my $NATIONAL_ID = '1405822042';
my @METHODS     = split /,/, $ENV{SEGL_METHODS};
my $ID          = qr/^\d{8}[0-9a-z]{50}\z/;
my $XSI         = 'http://www.w3.org/2001/XMLSchema-instance';
my %NAMESPACES  = (
    'documentservice-v3'  => 'Document-v3',
    'documentservice-v2'  => 'Document-v2',
    'packagingservice-v1' => 'Packaging-v1',
    'packagingservice-v2' => 'Packaging-v2',
    'packagingservice-v3' => 'Packaging-v3',
    'packagingservice-v4' => 'Packaging-v4',
    'archiveservice-v3'   => 'Archive-v3',
    'sealingservice-v1'   => 'Sealing-v1',
);

my $PDF = do { local $/; open my $file, '<:raw', $ENV{SEGL_PDF} or die $!; <$file> };

sub report {
    my ($outcome, $api, $operation, $text) = @_;
    $text =~ s/\s+/ /g;
    print join("\t", $outcome, $api, $operation, substr($text, 0, 400)), "\n";
}

# Runs one step and reports it. $run gives text and value; undef where it failed.
sub step {
    my ($api, $operation, $run) = @_;
    my @outcome = eval { $run->() };
    if ($@) {
        report('failed', $api, $operation, "$@");
        return undef;
    }
    report('passed', $api, $operation, $outcome[0]);
    return $outcome[1];
}

# the prototype gives a match its truth instead of its groups
sub check ($$) { my ($holds, $what) = @_; die "$what\n" unless $holds }

# LWP gives credentials only when it was refused: every request goes twice, body and all.
{
    package Agent;
    our @ISA = ('LWP::UserAgent');
    sub get_basic_credentials { return ($SERVICE, $PASSWORD) }
}

sub http {
    my ($method, $address, $type, $body) = @_;
    my $request = HTTP::Request->new($method, $address, [defined $type ? ('Content-Type' => $type) : ()], $body);
    my $reply = Agent->new->request($request);
    return ($reply->code, scalar($reply->header('Content-Type')), $reply->content, $reply);
}

sub download {
    my ($address, $wanted) = @_;
    my ($status, $type, $body) = http('GET', $address);
    check($status == 200, "$address: $status");
    check($type eq $wanted, "Content-Type is $type");
    return $body;
}

# An element: text, or children, and attributes.
sub element {
    my ($name, $content, %attributes) = @_;
    my $data = SOAP::Data->name($name)->attr(\%attributes);
    return ref $content ? $data->value(\SOAP::Data->value(@$content)) : $data->value($content)->type('string');
}

sub credentials { return (element(service => $SERVICE), element(password => $PASSWORD)) }

# Calls an operation by its element; gives the reply. The endpoint comes from the WSDL.
my %endpoints;

sub endpoint {
    my ($api) = @_;
    return $endpoints{$api} //= do {
        my $services = SOAP::Schema->new(schema_url => "$URL/ws/$api?wsdl")->parse->services;
        my ($operations) = values %$services;
        my ($any) = values %$operations;
        $any->{endpoint}->value;
    };
}

sub call {
    my ($api, $name, @content) = @_;
    my $namespace = "https://id.signicat.com/definitions/wsdl/$NAMESPACES{$api}";
    my $soap = SOAP::Lite->proxy(endpoint($api))->on_action(sub { '""' })->encoding('utf-8');
    $soap->on_fault(sub {
        my ($self, $reply) = @_;
        die((ref $reply ? $reply->faultcode . ': ' . $reply->faultstring : $self->transport->status) . "\n");
    });
    my $method = SOAP::Data->name($name);
    $method = $api eq 'documentservice-v2' ? $method->prefix('tns')->uri($namespace) : $method->attr({ xmlns => $namespace });
    return $soap->call($method, @content);
}

sub sign_as_person {
    my ($request_id, $task_id, $artifact) = @_;
    my $query = 'request_id=' . uri_escape($request_id // '') . '&task_id=' . uri_escape($task_id) . '&artifact=' . ($artifact // '');
    my $url = "$URL/std/docaction/$SERVICE?$query";
    open my $person, '-|', $ENV{SEGL_NODE}, $ENV{SEGL_CLI}, 'sandbox', 'sign', $url, '--user', 'anna', '--quiet' or die $!;
    my $told = join '', <$person>;
    check(close($person), 'the person could not sign');
    chomp $told;
    return 'sent on to ' . ($told || 'nowhere');
}

sub notification {
    my ($id, @schedule) = @_;
    my @content = (element(recipient => "$ENV{SEGL_CALLBACK}?from=perl&for=$id"), element(message => '-'), @schedule);
    return element(notification => \@content, type => 'URL', 'notification-id' => $id);
}

sub order {
    my ($api, $sds_id) = @_;
    my $v3 = $api eq 'documentservice-v3';
    my $document = sub {
        my ($type, $content, %attributes) = @_;
        return element(document => $content, 'xmlns:xsi' => $XSI, 'xsi:type' => $type, %attributes);
    };
    my $sds = $document->('sds-document', [element(description => 'Aftale & vilkår')], id => 'doc_1', 'ref-sds-id' => $sds_id);
    my @task = (
        element(subject => [element('national-id' => $NATIONAL_ID), element('first-name' => 'Anna')], id => 's1'),
        element('document-action' => [element('document-ref' => 'doc_1')], type => 'sign', 'send-result-to-archive' => $v3 ? 'false' : 'true'),
        element(authentication => '', artifact => 'true'),
        element('on-task-complete' => 'http://localhost:3004/sign/../complete?id=${requestId}&task=${taskId}'),
        element('on-task-cancel' => ''),
        element(signature => [element(method => 'nemid-sign')]),
    );
    my @request = (element(language => 'da'), $sds, element(task => \@task, id => 'task_1', bundle => 'false'), element('client-reference' => $NAME));
    if ($v3) {
        my $packaged = element('packaging-task-document' => '', 'task-id' => 'task_1', 'document-id' => 'doc_1');
        push @request, notification('done'), element('packaging-task' => [$packaged], 'packaging-task-id' => 'evidence', method => 'pades');
    }
    return element(request => \@request);
}

# The life of an order; gives request id and the result's address.
sub live {
    my ($api, $sds_id) = @_;
    my $v3   = $api eq 'documentservice-v3';
    my $ask  = sub { my ($name, @content) = @_; return call($api, $name, credentials(), @content) };
    my $one  = sub { my ($operation, $run) = @_; return step($api, $operation, $run) };
    my $result_uri;

    my $request_id = $one->(createRequest => sub {
        my $reply = $ask->('create-request-request', order($api, $sds_id));
        my $id = $reply->valueof('//request-id');
        check($id =~ $ID, $id);
        check($reply->valueof('//artifact') =~ /^[0-9a-z]{25}\z/, 'no artifact');
        return (($v3 ? 'children in the default namespace' : 'children in no namespace') . "; $id", $id);
    }) // '';
    my $request = sub { element('request-id' => $request_id) };
    my $task    = sub { ($request->(), element('task-id' => 'task_1')) };
    my $status  = sub { $ask->('get-status-request', $request->()) };

    $one->(fault => sub {
        eval { $ask->('get-status-request', element('request-id' => 'none')) };
        check($@ =~ /There is no request "none"/, $@ || 'no fault');
        return "$@";
    });
    $one->(getRequest => sub {
        my $reply = $ask->('get-request-request', $request->());
        check($reply->valueof('//request/client-reference') eq $NAME, 'client-reference');
        check($reply->valueof('//request/document/description') eq 'Aftale & vilkår', $reply->valueof('//request/document/description'));
        return 'what was sent';
    });
    $one->(getStatus => sub {
        my $reply = $status->();
        check($reply->valueof('//task-status') eq 'created', $reply->valueof('//task-status'));
        check(!$reply->match('//document-status'), 'document-status before the signature');
        return 'created';
    });
    $one->(setClientStatus => sub {
        $ask->('set-client-status-request', $task->(), element('client-status' => 'sendt & venter'));
        check($status->()->valueof('//client-status') eq 'sendt & venter', 'getStatus does not give it back');
        return 'empty reply; getStatus gives it back';
    });
    $one->(getTask => sub {
        my $got = $ask->('get-task-request', $task->())->dataof('//get-task-response/task')->attr;
        check($got->{id} eq 'task_1', join ' ', %$got);
        return 'task_1';
    });
    my $filter = sub {
        my $criteria = element(criteria => [element(field => 'request-id'), element(value => $request_id)]);
        return element(filter => [$criteria]);
    };
    $one->(findTasks => sub {
        my $reply = $ask->('find-tasks-request', $filter->(), element('from-index' => ''), element('to-index' => ''));
        my @found = map { $_->attr } $reply->dataof('//find-tasks-response/task');
        check($found[0]{'client-reference'} eq $NAME, 'client-reference');
        return @found . ' found, empty indexes, value an xsd:string';
    });
    $one->(getTaskCount => sub {
        my $count = $ask->('get-task-count-request', $filter->())->valueof('//count');
        check($count >= 1, $count);
        return $count;
    });
    $one->(addNotification => sub {
        my $late = notification('late', element(schedule => [element('state-is' => 'completed')]));
        $ask->('add-notification-request', $task->(), $late);
        return 'to a task';
    });
    $one->(disableNotification => sub {
        $ask->('disable-notification-request', $task->(), element('notification-id' => 'late'));
        return 'of a task';
    });
    $one->(addTask => sub {
        my $action = element('document-action' => [element('document-ref' => 'doc_1')], type => 'view');
        my $subject = element(subject => '', id => 's2');
        $ask->('add-task-request', $request->(), element(task => [$subject, $action], id => 'task_2'));
        return 'task_2, to view';
    });
    $one->(disableTask => sub {
        $ask->('disable-task-request', $request->(), element('task-id' => 'task_2'));
        return 'task_2';
    });
    my $artifact = $one->(createArtifact => sub {
        my $value = $ask->('create-artifact-request', $task->())->valueof('//artifact');
        check($value =~ /^[0-9a-z]{25}\z/, $value);
        return ('25 characters', $value);
    });
    if ($v3) {
        $one->(createUserSession => sub {
            my %attributes = ('request-id' => $request_id, 'task-id' => 'task_1', order => 1, description => 'Aftale');
            my $session = element('user-session' => [element(language => 'da'), element('session-task' => '', %attributes)]);
            my $id = $ask->('create-usersession-request', $session)->valueof('//user-session-id');
            return 'an id of ' . length($id) . ' characters';
        });
    }

    step('portal', $v3 ? 'sign (v3 order)' : 'sign (v2 order)', sub { sign_as_person($request_id, 'task_1', $artifact) });
    $one->(getStatus => sub {
        my $reply = $status->();
        my ($info) = $reply->dataof('//task-status-info');
        check($reply->valueof('//task-status') eq 'completed', $reply->valueof('//task-status'));
        $result_uri = $reply->valueof('//result-uri');
        my $wanted = $v3 ? "$DOC/order/$request_id/task_1/doc_1/sdo" : "$DOC/archive/";
        check(index($result_uri, $wanted) == 0, $result_uri);
        return 'completed';
    });
    $one->(getRequestHistory => sub {
        my @events = $ask->('get-request-history-request', $task->())->valueof('//event/event');
        for my $event (qw(request-created document-signed task-completed)) {
            check((grep { $_ eq $event } @events), "no $event in @events");
        }
        return join ', ', @events;
    });
    if ($v3) {
        $one->(getPackagingTaskStatus => sub {
            for (1 .. 150) {
                my $reply = $ask->('get-packaging-task-status-request', $request->());
                if ($reply->valueof('//packaging-task-status') eq 'completed') {
                    my $made = download($reply->valueof('//result-uri'), 'application/x-pades');
                    return 'completed, ' . length($made) . ' bytes of PDF';
                }
                select undef, undef, undef, 0.2;
            }
            die "not completed in time\n";
        });
    }
    return ($request_id, $result_uri);
}

sub delete_request {
    my ($api, $request_id) = @_;
    step($api, 'deleteRequest', sub {
        my $deleted = call($api, 'delete-request-request', credentials(), element('request-id' => $request_id))->valueof('//deleted');
        check($deleted == 1, $deleted);
        return 'deleted 1';
    });
}

# Calls a packaging or sealing service and downloads what came out.
sub make {
    my ($api, $operation, @content) = @_;
    step($api, $operation, sub {
        my $reply = call($api, "$operation-request", @content);
        check(!$reply->match('//error'), join ': ', grep { defined } $reply->valueof('//code'), $reply->valueof('//message'));
        my $made = download("$DOC/sds/" . $reply->valueof('//id'), 'application/x-pades');
        check($made =~ /^%PDF-/, 'no PDF');
        return length($made) . ' bytes of PDF';
    });
}

sub packages {
    my ($request_id, $result_uri, $sds_id) = @_;
    my $start = sub {
        my ($version) = @_;
        return (element(version => $version), credentials(), element('validation-policy' => 'ltvsdo-validator'), element('packaging-method' => 'pades'));
    };
    my $in_order = sub {
        my @place = (element('request-id' => $request_id), element('task-id' => 'task_1'), element('document-id' => 'doc_1'));
        return element('order-document-id' => [@place, element(type => $_[0])]);
    };
    my $uri  = sub { element('uri-document-id' => $result_uri) };
    my $flag = sub { element('send-result-to-archive' => 'false') };
    make('packagingservice-v1', 'create-package', $start->(1), element(sdo => [$uri->()]));
    make('packagingservice-v2', 'create-package', $start->(2), element(sdo => [$in_order->('result')]));
    my $original = element('supplementary-data' => [element('original-document' => [$in_order->('source')])]);
    make('packagingservice-v3', 'create-package', $start->(3), element('sdo-extended' => [element(sdo => [$uri->()]), $original]));
    make('packagingservice-v4', 'create-package', $start->(4), $flag->(), element(sdo => [$uri->()]));
    my $document = element(inputdocument => [element('sds-document-id' => [element(id => $sds_id)])]);
    make('sealingservice-v1', 'create-seal', element(version => 1), credentials(), element('packaging-method' => 'seal'), $document, $flag->());
}

# What the packaging tasks of an order made; gives the addresses.
sub packaged {
    my ($request_id) = @_;
    for (1 .. 150) {
        my $reply = call('documentservice-v3', 'get-packaging-task-status-request', credentials(), element('request-id' => $request_id));
        my @ids = $reply->valueof('//packaging-task-id');
        check("@ids" eq "@METHODS", "@ids");
        my @states = $reply->valueof('//packaging-task-status');
        check(!(grep { $_ eq 'failed' } @states), "@states");
        return $reply->valueof('//result-uri') unless grep { $_ ne 'completed' } @states;
        select undef, undef, undef, 0.2;
    }
    die "not completed in time\n";
}

# An order with a task for each name that clients order methods with, a PDF of each signature.
sub names_of_clients {
    my ($sds_id) = @_;
    my $operation = 'sign (names of clients)';
    my $uris = step('portal', $operation, sub {
        my @document = ('xmlns:xsi' => $XSI, 'xsi:type' => 'sds-document', id => 'doc_1', 'ref-sds-id' => $sds_id);
        my @request = (element(language => 'da'), element(document => [element(description => 'Aftale & vilkår')], @document));
        for my $name (@METHODS) {
            my $subject = element(subject => [element('first-name' => 'Anna'), element(mobile => $ENV{SEGL_MOBILE})], id => 'anna');
            my $action = element('document-action' => [element('document-ref' => 'doc_1')], type => 'sign');
            my $signature = element(signature => [element(method => $name)]);
            push @request, element(task => [$subject, $action, $signature], id => $name);
        }
        for my $name (@METHODS) {
            my $packaged = element('packaging-task-document' => '', 'task-id' => $name, 'document-id' => 'doc_1');
            push @request, element('packaging-task' => [$packaged], 'packaging-task-id' => $name, method => 'pades');
        }
        my $reply = call('documentservice-v3', 'create-request-request', credentials(), element(request => \@request));
        my $request_id = $reply->valueof('//request-id');
        sign_as_person($request_id, $_) for @METHODS;
        my @uris = packaged($request_id);
        for my $uri (@uris) {
            check(download($uri, 'application/x-pades') =~ /^%PDF-/, "$uri: no PDF");
        }
        return ('a PDF with ' . join(', ', @METHODS), \@uris);
    });
    report('expects-valid', 'portal', $operation, $_) for @{ $uris // [] };
}

sub archive {
    my ($result_uri) = @_;
    my $api = 'archiveservice-v3';
    my ($id) = ($result_uri // '') =~ m{([^/]+)\z};
    step('doc', 'archived result', sub { length(download($result_uri, 'application/x-ltv-sdo')) . ' bytes' });
    step($api, 'getDocument', sub {
        my $reply = call($api, 'archive-request', element(version => '3.0'), credentials(), element('archive-id' => $id));
        my $type  = $reply->valueof('//mime-type');
        check(decode_base64($reply->valueof('//data')) eq download($result_uri, $type), 'the bytes are not those of GET');
        return "$type, the bytes of GET";
    });
    step($api, 'removeDocument', sub {
        my @ids = map { element('archive-id' => $_) } $id, 'unknown';
        my @found = call($api, 'archive-remove-request', element(version => '3.0'), credentials(), @ids)->valueof('//found');
        check("@found" eq $id, "found @found");
        return 'found';
    });
}

my $sds_id = step('doc', 'upload', sub {
    my ($status, undef, $id) = http('POST', "$DOC/sds", 'application/pdf', $PDF);
    check($status == 201 && $id =~ $ID, "$status $id");
    return ($id, $id);
});
step('doc', 'upload after 401', sub {
    my ($status, undef, undef, $reply) = http('POST', "$DOC/sds", 'application/pdf', $PDF);
    check($status == 201 && $reply->previous && $reply->previous->code == 401, 'it was not refused first');
    return 'the whole body twice';
});
step('doc', 'download', sub {
    check(download("$DOC/sds/$sds_id", 'application/pdf') eq $PDF, 'the bytes differ');
    return 'the same bytes';
});
step('doc', 'delete', sub {
    my (undef, undef, $id) = http('POST', "$DOC/sds", 'text/plain', 'gone');
    check((http('DELETE', "$DOC/sds/$id"))[0] < 300, 'DELETE is refused');
    check((http('GET', "$DOC/sds/$id"))[0] == 404, 'it is still there');
    return 'then 404';
});

my ($third, $third_result) = live('documentservice-v3', $sds_id);
report('expects-callback', 'callback', 'order completed', $third);
step('doc', 'result', sub {
    check(index(download($third_result, 'application/x-ltv-sdo'), 'LtvSdo') > 0, 'not an LTV-SDO');
    return 'an LTV-SDO';
});
step('doc', 'original', sub {
    (my $original = $third_result) =~ s/sdo\z/original/;
    check(download($original, 'application/pdf') eq $PDF, 'the bytes differ');
    return 'the bytes that were uploaded';
});
packages($third, $third_result, $sds_id);
delete_request('documentservice-v3', $third);
names_of_clients($sds_id);

my ($second, $second_result) = live('documentservice-v2', $sds_id);
archive($second_result);
delete_request('documentservice-v2', $second);
