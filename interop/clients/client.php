<?php
/** PHP SoapClient as the client: classes as generators write them, SoapVar, plain objects, raw XML. */
declare(strict_types=1);

const NAME = 'interop php';
const NATIONAL_ID = '1405822042';
const ID = '/^\d{8}[0-9a-z]{50}$/D';

error_reporting(-1);
set_error_handler(function (int $level, string $message): never {
    throw new ErrorException($message, 0, $level);
});

$url = getenv('SEGL_URL');
$service = getenv('SEGL_SERVICE');
$password = getenv('SEGL_PASSWORD');
$doc = "$url/doc/$service";
$methods = explode(',', getenv('SEGL_METHODS'));
$pdf = file_get_contents(getenv('SEGL_PDF'));

/** Properties carry the schema's names, hyphens included, as generated classes have them. */
#[AllowDynamicProperties]
class WireObject
{
    public function __construct(array $properties = [])
    {
        foreach ($properties as $name => $value) {
            $this->$name = $value;
        }
    }
}

class SdsDocument extends WireObject
{
}

class ProvidedDocument extends WireObject
{
}

class Task extends WireObject
{
}

const CLASS_MAP = ['sds-document' => SdsDocument::class, 'provided-document' => ProvidedDocument::class, 'task' => Task::class];

function report(string $outcome, string $api, string $operation, string $text): void
{
    echo implode("\t", [$outcome, $api, $operation, substr(preg_replace('/\s+/', ' ', $text), 0, 400)]), "\n";
}

/** Runs one step and reports it; gives null where it failed. `$run` gives [text, value]. */
function step(string $api, string $operation, callable $run): mixed
{
    try {
        [$text, $value] = $run() + [1 => null];
    } catch (Throwable $error) {
        report('failed', $api, $operation, get_class($error) . ': ' . $error->getMessage());
        return null;
    }
    report('passed', $api, $operation, (string) $text);
    return $value;
}

function check(bool $holds, mixed $what): void
{
    if (!$holds) {
        throw new Exception(is_string($what) ? $what : json_encode($what));
    }
}

function client(string $api): SoapClient
{
    global $url;
    $features = SOAP_SINGLE_ELEMENT_ARRAYS;
    return new SoapClient("$url/ws/$api?wsdl", ['classmap' => CLASS_MAP, 'trace' => true, 'features' => $features]);
}

/** An HTTP request by PHP's own stream wrapper; gives status, media type and body. */
function http(string $method, string $address, string $body = '', string $type = ''): array
{
    global $service, $password;
    $headers = ['Authorization: Basic ' . base64_encode("$service:$password")];
    if ($type !== '') {
        $headers[] = "Content-Type: $type";
    }
    $options = ['method' => $method, 'header' => $headers, 'content' => $body, 'ignore_errors' => true];
    $reply = file_get_contents($address, false, stream_context_create(['http' => $options]));
    $status = (int) explode(' ', $http_response_header[0])[1];
    $types = preg_grep('/^content-type:/i', $http_response_header);
    return [$status, trim(explode(':', end($types) ?: ':', 2)[1]), $reply];
}

function download(string $address, string $wanted): string
{
    [$status, $type, $body] = http('GET', $address);
    check($status === 200, "$address: $status");
    check($type === $wanted, "Content-Type is $type");
    return $body;
}

/** Credentials first, then the rest, as an object for SoapClient. */
function input(array $content): stdClass
{
    global $service, $password;
    return (object) (['service' => $service, 'password' => $password] + $content);
}

function signAsPerson(string $requestId, string $taskId, string $artifact = ''): string
{
    global $url, $service;
    $taskUrl = "$url/std/docaction/$service?" . http_build_query(['request_id' => $requestId, 'task_id' => $taskId, 'artifact' => $artifact]);
    $command = [getenv('SEGL_NODE'), getenv('SEGL_CLI'), 'sandbox', 'sign', $taskUrl, '--user', 'anna', '--quiet'];
    $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['pipe', 'w']], $pipes);
    [$told, $problem] = [trim(stream_get_contents($pipes[1])), stream_get_contents($pipes[2])];
    check(proc_close($process) === 0, $problem);
    return 'sent on to ' . ($told ?: 'nowhere');
}

function notification(string $id, array $more = []): WireObject
{
    $recipient = getenv('SEGL_CALLBACK') . "?from=php&for=$id";
    return new WireObject(['type' => 'URL', 'notification-id' => $id, 'recipient' => $recipient, 'message' => '-'] + $more);
}

function task(bool $v3): Task
{
    $sign = ['type' => 'sign', 'optional' => false, 'send-result-to-archive' => !$v3, 'document-ref' => 'doc_1'];
    $view = ['type' => 'view', 'document-ref' => 'terms'];
    return new Task([
        'id' => 'task_1',
        'bundle' => false,
        'subject' => new WireObject(['id' => 's1', 'national-id' => NATIONAL_ID, 'first-name' => 'Anna']),
        'document-action' => $v3 ? [$sign, $view] : [$sign],
        'authentication' => ['artifact' => true, 'method' => []],
        'signature' => [['method' => ['nemid-sign']] + ($v3 ? ['responsive' => true] : [])],
        'on-task-complete' => 'http://localhost:3004/sign/../complete?id=${requestId}&task=${taskId}',
    ]);
}

/** An order whose documents are typed by the class map (v3) or by SoapVar (v2). */
function order(string $api, ?string $sdsId): array
{
    $v3 = $api === 'documentservice-v3';
    $sds = new SdsDocument(['id' => 'doc_1', 'ref-sds-id' => $sdsId, 'description' => 'Aftale & vilkår', 'external-reference' => 'case 42']);
    $terms = new ProvidedDocument(['id' => 'terms', 'mime-type' => 'text/plain', 'description' => 'Betingelser', 'data' => 'Betingelser: æøå']);
    $request = [
        'profile' => 'default',
        'language' => 'da',
        'task' => [task($v3)],
        'client-reference' => NAME,
        'sdo-format' => 'native',
    ];
    if (!$v3) {
        $namespace = 'https://id.signicat.com/definitions/wsdl/Document-v2';
        return $request + ['document' => [new SoapVar($sds, SOAP_ENC_OBJECT, 'sds-document', $namespace)]];
    }
    return $request + [
        'document' => [$sds, $terms],
        'notification' => [notification('done')],
        'packaging-task' => [
            [
                'packaging-task-id' => 'evidence',
                'method' => 'pades',
                'packaging-task-document' => [['task-id' => 'task_1', 'document-id' => 'doc_1']],
            ],
        ],
    ];
}

/** Objects passed as they are lose their type: what arrives is a bare document, and the answer must say so. */
function lostType(SoapClient $client, ?string $sdsId): array
{
    $document = (object) ['id' => 'doc_1', 'ref-sds-id' => $sdsId, 'description' => 'Aftale', 'external-reference' => 'x'];
    try {
        $client->createRequest(input(['request' => [['document' => [$document], 'task' => [task(true)]]]]));
    } catch (SoapFault $fault) {
        check(!str_contains($client->__getLastRequest(), 'ref-sds-id'), 'PHP kept the attribute');
        check(str_contains($fault->getMessage(), 'document'), $fault->getMessage());
        return ['plain objects lose their type, and the fault names the document: ' . $fault->getMessage()];
    }
    throw new Exception('a document without a type was taken');
}

/** XML by hand, default namespace, unprefixed xsi:type. */
function rawXml(SoapClient $client, ?string $sdsId): array
{
    global $service, $password;
    $xml = '<create-request-request xmlns="https://id.signicat.com/definitions/wsdl/Document-v3">' .
        "<service>$service</service><password>$password</password><request>" .
        '<document xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="sds-document" ' .
        "id=\"doc_1\" ref-sds-id=\"$sdsId\"><description>Aftale</description></document>" .
        '<task id="123"><document-action type="sign"><document-ref>doc_1</document-ref></document-action>' .
        '<signature><method>nemid-sign</method></signature></task></request></create-request-request>';
    $reply = $client->createRequest(new SoapVar($xml, XSD_ANYXML));
    $ids = $reply->{'request-id'};
    $client->deleteRequest(input(['request-id' => $ids]));
    return ["raw XML; $ids[0]"];
}

/** The life of an order; gives [request id, address of the result, what deletes it]. */
function live(string $api, ?string $sdsId): array
{
    global $doc;
    $v3 = $api === 'documentservice-v3';
    $client = client($api);
    $resultUri = '';
    if ($v3) {
        step($api, 'createRequest', fn() => lostType($client, $sdsId));
        step($api, 'createRequest', fn() => rawXml($client, $sdsId));
    }
    $requestId = step($api, 'createRequest', function () use ($client, $api, $sdsId, $v3) {
        $reply = $client->createRequest(input(['request' => [order($api, $sdsId)]]));
        [$id] = $reply->{'request-id'};
        check(preg_match(ID, $id) === 1, $id);
        check(preg_match('/^[0-9a-z]{25}$/D', $reply->artifact) === 1, 'no artifact');
        return [($v3 ? 'class map' : 'SoapVar') . "; $id", $id];
    }) ?? '';
    $task = ['request-id' => $requestId, 'task-id' => 'task_1'];
    $status = fn() => $client->getStatus(input(['request-id' => [$requestId]]))->{'task-status-info'};

    step($api, 'fault', function () use ($client) {
        try {
            $client->getStatus(input(['request-id' => ['none']]));
        } catch (SoapFault $fault) {
            check(str_contains($fault->getMessage(), 'no request "none"'), $fault->getMessage());
            return [$fault->faultcode . ': ' . $fault->getMessage()];
        }
        throw new Exception('no fault');
    });
    step($api, 'getRequest', function () use ($client, $requestId) {
        $request = $client->getRequest(input(['request-id' => $requestId]))->request;
        check($request->{'client-reference'} === NAME, $request);
        check($request->document[0] instanceof SdsDocument, get_class($request->document[0]));
        check($request->document[0]->description === 'Aftale & vilkår', $request->document[0]);
        return ['what was sent, in the mapped classes'];
    });
    step($api, 'getStatus', function () use ($status) {
        [$info] = $status();
        check($info->{'task-status'} === 'created' && empty($info->{'document-status'}), $info);
        return ['created'];
    });
    step($api, 'setClientStatus', function () use ($client, $task, $status) {
        $reply = $client->setClientStatus(input($task + ['client-status' => 'sendt & venter']));
        check($reply === null, $reply);
        check($status()[0]->{'client-status'} === 'sendt & venter', $status());
        return ['empty reply; getStatus gives it back'];
    });
    step($api, 'getTask', function () use ($client, $task) {
        $got = $client->getTask(input($task))->task;
        check($got instanceof Task && $got->id === 'task_1', $got);
        return ['task_1, in the mapped class'];
    });
    $filter = ['criteria' => [['field' => 'request-id', 'value' => $requestId, 'operator' => 'equals']]];
    step($api, 'findTasks', function () use ($client, $filter) {
        $found = $client->findTasks(input(['filter' => $filter, 'from-index' => 0, 'to-index' => 5]))->task;
        check($found[0]->{'client-reference'} === NAME, $found);
        return [count($found) . ' found'];
    });
    step($api, 'getTaskCount', function () use ($client, $filter) {
        $count = $client->getTaskCount(input(['filter' => $filter]))->count;
        check((int) $count >= 1, $count);
        return [$count];
    });
    step($api, 'addNotification', function () use ($client, $task) {
        $late = notification('late', ['schedule' => [['state-is' => 'completed', 'wait' => ['days' => 0, 'hours' => 0, 'minutes' => 30]]]]);
        $client->addNotification(input($task + ['notification' => $late]));
        return ['to a task, half an hour after it'];
    });
    step($api, 'disableNotification', function () use ($client, $task) {
        $client->disableNotification(input($task + ['notification-id' => ['late']]));
        return ['of a task'];
    });
    step($api, 'addTask', function () use ($client, $requestId) {
        $added = ['id' => 'task_2', 'subject' => ['id' => 's2'], 'document-action' => [['type' => 'view', 'document-ref' => 'doc_1']]];
        $client->addTask(input(['request-id' => $requestId, 'task' => $added]));
        return ['task_2, to view'];
    });
    step($api, 'disableTask', function () use ($client, $requestId) {
        $client->disableTask(input(['request-id' => $requestId, 'task-id' => 'task_2']));
        return ['task_2'];
    });
    $artifact = step($api, 'createArtifact', function () use ($client, $task) {
        $artifact = $client->createArtifact(input($task))->artifact;
        check(preg_match('/^[0-9a-z]{25}$/D', $artifact) === 1, $artifact);
        return ['25 characters', $artifact];
    });
    if ($v3) {
        step($api, 'createUserSession', function () use ($client, $task) {
            $session = ['language' => 'da', 'session-task' => [$task + ['order' => 1, 'description' => 'Aftale']]];
            $reply = $client->createUserSession(input(['user-session' => $session]));
            return ['an id of ' . strlen($reply->{'user-session-id'}) . ' characters'];
        });
    }

    step('portal', $v3 ? 'sign (v3 order)' : 'sign (v2 order)', fn() => [signAsPerson($requestId, 'task_1', $artifact ?? '')]);
    step($api, 'getStatus', function () use ($status, $requestId, $v3, $doc, &$resultUri) {
        [$info] = $status();
        check($info->{'task-status'} === 'completed', $info);
        $resultUri = $info->{'document-status'}[0]->{'result-uri'};
        check(str_starts_with($resultUri, $v3 ? "$doc/order/$requestId/task_1/doc_1/sdo" : "$doc/archive/"), $resultUri);
        return ['completed'];
    });
    step($api, 'getRequestHistory', function () use ($client, $task) {
        $events = array_column($client->getRequestHistory(input($task))->event, 'event');
        check(!array_diff(['request-created', 'document-signed', 'task-completed'], $events), $events);
        return [implode(', ', $events)];
    });
    if ($v3) {
        step($api, 'getPackagingTaskStatus', function () use ($client, $requestId) {
            for ($tries = 0; $tries < 150; $tries++) {
                [$info] = $client->getPackagingTaskStatus(input(['request-id' => [$requestId]]))->{'packaging-task-status-info'};
                if ($info->{'packaging-task-status'} === 'completed') {
                    $made = download($info->{'packaging-document-status'}[0]->{'result-uri'}, 'application/x-pades');
                    return ['completed, ' . strlen($made) . ' bytes of PDF'];
                }
                usleep(200_000);
            }
            throw new Exception('not completed in time');
        });
    }
    $delete = fn() => step($api, 'deleteRequest', function () use ($client, $requestId) {
        $deleted = $client->deleteRequest(input(['request-id' => [$requestId]]))->deleted;
        check($deleted === 1, $deleted);
        return ['deleted 1'];
    });
    return [$requestId, $resultUri, $delete];
}

/** Calls a packaging or sealing service and downloads what came out. */
function make(string $api, string $operation, array $content): void
{
    step($api, $operation, function () use ($api, $operation, $content) {
        global $doc;
        $reply = client($api)->$operation(input($content));
        check(!isset($reply->error), $reply);
        $made = download("$doc/sds/$reply->id", 'application/x-pades');
        check(str_starts_with($made, '%PDF-'), 'no PDF');
        return [strlen($made) . ' bytes of PDF'];
    });
}

function packages(string $requestId, string $resultUri, ?string $sdsId): void
{
    $how = fn(string $version) => ['version' => $version, 'validation-policy' => 'ltvsdo-validator', 'packaging-method' => 'pades'];
    $place = ['request-id' => $requestId, 'task-id' => 'task_1', 'document-id' => 'doc_1'];
    $result = ['order-document-id' => $place + ['type' => 'result']];
    $source = ['order-document-id' => $place + ['type' => 'source']];
    $uri = ['uri-document-id' => $resultUri];
    $extended = ['sdo' => $uri, 'supplementary-data' => ['original-document' => $source]];
    $flag = ['send-result-to-archive' => false];
    make('packagingservice-v1', 'create-package', $how('1') + ['sdo' => [$uri]]);
    make('packagingservice-v2', 'create-package', $how('2') + ['sdo' => [$result]]);
    make('packagingservice-v3', 'create-package', $how('3') + ['sdo-extended' => $extended]);
    make('packagingservice-v4', 'create-package', $how('4') + $flag + ['sdo' => $uri]);
    $original = ['sds-document-id' => ['id' => $sdsId]];
    make('sealingservice-v1', 'create-seal', ['version' => '1', 'packaging-method' => 'seal', 'inputdocument' => $original] + $flag);
}

/** What the packaging tasks of an order made; gives the addresses. */
function packaged(SoapClient $client, string $requestId): array
{
    global $methods;
    for ($tries = 0; $tries < 150; $tries++) {
        $infos = $client->getPackagingTaskStatus(input(['request-id' => [$requestId]]))->{'packaging-task-status-info'};
        check(array_column($infos, 'packaging-task-id') === $methods, $infos);
        $states = array_column($infos, 'packaging-task-status');
        check(!in_array('failed', $states, true), $infos);
        if (array_unique($states) === ['completed']) {
            return array_map(fn($info) => $info->{'packaging-document-status'}[0]->{'result-uri'}, $infos);
        }
        usleep(200_000);
    }
    throw new Exception('not completed in time');
}

/** An order with a task for each name that clients order methods with, a PDF of each signature. */
function namesOfClients(?string $sdsId): void
{
    $operation = 'sign (names of clients)';
    $uris = step('portal', $operation, function () use ($sdsId) {
        global $methods;
        $client = client('documentservice-v3');
        $request = [
            'language' => 'da',
            'document' => [new SdsDocument(['id' => 'doc_1', 'ref-sds-id' => $sdsId, 'description' => 'Aftale & vilkår'])],
            'task' => array_map(fn(string $name) => new Task([
                'id' => $name,
                'subject' => new WireObject(['id' => 'anna', 'first-name' => 'Anna', 'mobile' => getenv('SEGL_MOBILE')]),
                // new each time: PHP sends a literal that comes twice as a reference to the first (href)
                'document-action' => [new WireObject(['type' => 'sign', 'document-ref' => 'doc_1'])],
                'signature' => [['method' => [$name]]],
            ]), $methods),
            'packaging-task' => array_map(fn(string $name) => [
                'packaging-task-id' => $name,
                'method' => 'pades',
                'packaging-task-document' => [['task-id' => $name, 'document-id' => 'doc_1']],
            ], $methods),
        ];
        [$requestId] = $client->createRequest(input(['request' => [$request]]))->{'request-id'};
        foreach ($methods as $name) {
            signAsPerson($requestId, $name);
        }
        $uris = packaged($client, $requestId);
        foreach ($uris as $uri) {
            check(str_starts_with(download($uri, 'application/x-pades'), '%PDF-'), "$uri: no PDF");
        }
        return ['a PDF with ' . implode(', ', $methods), $uris];
    });
    foreach ($uris ?? [] as $uri) {
        report('expects-valid', 'portal', $operation, $uri);
    }
}

function archive(string $resultUri): void
{
    $api = 'archiveservice-v3';
    $id = basename($resultUri);
    step('doc', 'archived result', fn() => [strlen(download($resultUri, 'application/x-ltv-sdo')) . ' bytes']);
    step($api, 'getDocument', function () use ($api, $id, $resultUri) {
        $reply = client($api)->getDocument(input(['version' => '3.0', 'archive-id' => $id]));
        check($reply->data === download($resultUri, $reply->{'mime-type'}), 'the bytes are not those of GET');
        return [$reply->{'mime-type'} . ', the bytes of GET'];
    });
    step($api, 'removeDocument', function () use ($api, $id) {
        $reply = client($api)->removeDocument(input(['version' => '3.0', 'archive-id' => [$id, 'unknown']]));
        check($reply->found === [$id], $reply);
        return ['found'];
    });
}

$sdsId = step('doc', 'upload', function () use ($doc, $pdf) {
    [$status, , $id] = http('POST', "$doc/sds", $pdf, 'application/pdf');
    check($status === 201 && preg_match(ID, $id) === 1, "$status $id");
    return ["stream wrapper, credentials at once; $id", $id];
});
step('doc', 'download', function () use ($doc, $pdf, $sdsId) {
    check(download("$doc/sds/$sdsId", 'application/pdf') === $pdf, 'the bytes differ');
    return ['the same bytes'];
});
step('doc', 'delete', function () use ($doc) {
    $address = "$doc/sds/" . http('POST', "$doc/sds", 'gone', 'text/plain')[2];
    check(http('DELETE', $address)[0] < 300, 'DELETE is refused');
    check(http('GET', $address)[0] === 404, 'it is still there');
    return ['then 404'];
});

[$requestId, $resultUri, $delete] = live('documentservice-v3', $sdsId);
report('expects-callback', 'callback', 'order completed', $requestId);
step('doc', 'result', function () use ($resultUri) {
    check(str_contains(download($resultUri, 'application/x-xml-dsig'), 'Signature'), 'not an XML signature');
    return ['the native signature, as ordered'];
});
step('doc', 'original', function () use ($resultUri, $pdf) {
    check(download(substr($resultUri, 0, -3) . 'original', 'application/pdf') === $pdf, 'the bytes differ');
    return ['the bytes that were uploaded'];
});
packages($requestId, $resultUri, $sdsId);
$delete();
namesOfClients($sdsId);

[, $resultUri, $delete] = live('documentservice-v2', $sdsId);
archive($resultUri);
$delete();
